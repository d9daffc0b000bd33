import { Outlet, useMatchRoute } from "@tanstack/react-router";
import { graphql, readFragment } from "@/graphql/graphql";
import { useLive } from "@/live/LiveContext";
import { useLiveQuery } from "@/live/useLiveQuery";
import { NoticeProvider } from "@/ui/notices";
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

/** What stays on the screen everywhere: navigation, search, freshness, theme. */
export function Shell() {
  const { data } = useLiveQuery(shellDocument, {});
  const shell = data && readFragment(freshnessFragment, data);
  const away = useLive((state) => state.socket === "closed" && !state.reached);
  const inProgress = useLive((state) => Object.keys(state.progress).length > 0);
  const onIssues = Boolean(useMatchRoute()({ to: "/issues" }));
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
          {onIssues ? <span className={styles.spring} /> : <GlobalSearch />}
          {shell && (
            <FreshnessPill
              instances={shell.instances}
              intervalSeconds={shell.syncStatus.intervalSeconds}
              paused={shell.syncStatus.paused}
              running={running}
              away={away}
            />
          )}
          <SyncNowButton running={running} />
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
