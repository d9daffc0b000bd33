import { Outlet, useMatchRoute } from "@tanstack/react-router";
import { graphql, readFragment } from "@/graphql/graphql";
import { useLive } from "@/live/LiveContext";
import { useLiveQuery } from "@/live/useLiveQuery";
import { NoticeProvider } from "@/ui/notices";
import { Skeleton } from "@/ui/States";
import { Announcer } from "./Announcer";
import { AwayBanner } from "./AwayBanner";
import { FreshnessPill } from "./FreshnessPill";
import { GlobalSearch } from "./GlobalSearch";
import { Navigation } from "./Navigation";
import { SyncNowButton } from "./SyncNowButton";
import { ThemeSwitch } from "./ThemeSwitch";
import styles from "./Shell.module.css";

const freshnessFragment = graphql(`
  fragment ShellFreshness on Query {
    instances {
      id
      name
      completeAsOf
      reachable
      lastError
    }
    syncStatus {
      intervalSeconds
      paused
      running {
        id
        state
      }
    }
  }
`);

const shellDocument = graphql(
  `
    query Shell {
      ...ShellFreshness
    }
  `,
  [freshnessFragment],
);

/** Fills the bar where the screen has a search of its own. */
function Brand() {
  return (
    <p className={styles.spring}>
      <img src="/favicon.svg" alt="" width={20} height={20} />
      <span>Jira Sync</span>
    </p>
  );
}

/** What stays on the screen everywhere: navigation, search, freshness, theme. */
export function Shell() {
  const { data } = useLiveQuery(shellDocument, {});
  const shell = data && readFragment(freshnessFragment, data);
  const away = useLive((state) => state.socket === "closed" && !state.reached);
  const inProgress = useLive((state) => Object.keys(state.progress).length > 0);
  const matches = useMatchRoute();
  const onIssues = Boolean(matches({ to: "/issues" }));
  const onSync = Boolean(matches({ to: "/sync" }));
  const running =
    inProgress || (shell?.syncStatus.running.some((run) => run.state === "RUNNING") ?? false);

  return (
    <NoticeProvider>
      <div className={styles.shell}>
        <a href="#main" className={styles.skip}>
          Skip to the content
        </a>
        <Navigation running={running} />
        <header className={styles.bar}>
          {onIssues ? <Brand /> : <GlobalSearch />}
          {shell ? (
            <FreshnessPill
              instances={shell.instances}
              intervalSeconds={shell.syncStatus.intervalSeconds}
              paused={shell.syncStatus.paused}
              running={running}
              away={away}
            />
          ) : (
            <Skeleton width={96} height={28} />
          )}
          {!onSync && shell?.instances.length !== 0 && <SyncNowButton running={running} />}
          <ThemeSwitch />
        </header>
        <main id="main" tabIndex={-1} className={styles.main}>
          <AwayBanner />
          <Outlet />
        </main>
        <Announcer />
      </div>
    </NoticeProvider>
  );
}
