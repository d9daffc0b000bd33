import { ArrowDown, ArrowUp, ExternalLink, X } from "lucide-react";
import { Tabs } from "radix-ui";
import { useEffect, useRef, useState } from "react";
import type { CombinedError } from "urql";
import { graphql, readFragment, type ResultOf } from "@/graphql/graphql";
import { useLiveQuery } from "@/live/useLiveQuery";
import { IconButton } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { formatNumber } from "@/ui/format";
import { Empty, ErrorState, Loading, Skeleton } from "@/ui/States";
import { IssueComments, issueCommentsFragment } from "./IssueComments";
import { IssueDetails, issueDetailsFragment } from "./IssueDetails";
import { IssueHistory, issueHistoryFragment } from "./IssueHistory";
import { IssueRaw } from "./IssueRaw";
import { WhichInstance } from "./WhichInstance";
import styles from "./IssuePanel.module.css";

const panelFragment = graphql(
  `
    fragment IssuePanel on Issue {
      id
      key
      url
      summary
      deletedAt
      deletedReason
      instance {
        id
        name
      }
      allComments: comments(first: 1) {
        totalCount
      }
      allChanges: changelog(first: 1) {
        totalCount
      }
      ...IssueDetails
      ...IssueComments
      ...IssueHistory
    }
  `,
  [issueDetailsFragment, issueCommentsFragment, issueHistoryFragment],
);

const issueDocument = graphql(
  `
    query Issue($key: String!, $instance: String, $comments: Int!, $changes: Int!) {
      issue(key: $key, instance: $instance) {
        ...IssuePanel
      }
    }
  `,
  [panelFragment],
);

const firstCount = 50;
const pageLimit = 500;

interface Props {
  issueKey: string;
  instance: string | undefined;
  /** It covers the list, because there is no room beside it. */
  overlay: boolean;
  onClose: () => void;
  onNext: (() => void) | undefined;
  onPrevious: (() => void) | undefined;
}

/** One issue beside the list it was opened from. */
export function IssuePanel(props: Props) {
  const { issueKey, instance, overlay } = props;
  const [comments, setComments] = useState(firstCount);
  const [changes, setChanges] = useState(firstCount);
  const { data, error, refetch } = useLiveQuery(issueDocument, {
    key: issueKey,
    instance: instance ?? null,
    comments,
    changes,
  });
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (overlay) panel.current?.focus();
  }, [overlay]);

  const issue = data?.issue && readFragment(panelFragment, data.issue);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-label={`Issue ${issueKey}`}
      className={styles.panel}
      data-overlay={overlay}
    >
      <PanelBar {...props} url={issue?.url} />
      {issue ? (
        <PanelBody
          issue={issue}
          onMoreComments={comments < pageLimit ? () => setComments(pageLimit) : undefined}
          onMoreChanges={changes < pageLimit ? () => setChanges(pageLimit) : undefined}
        />
      ) : (
        <div className={styles.message}>
          <NoIssue
            issueKey={issueKey}
            instance={instance}
            isMissing={data !== undefined}
            error={error}
            onRetry={refetch}
          />
        </div>
      )}
    </aside>
  );
}

/** Not here yet, not here at all, or not to be told which. */
function NoIssue({
  issueKey,
  instance,
  isMissing,
  error,
  onRetry,
}: {
  issueKey: string;
  instance: string | undefined;
  isMissing: boolean;
  error: CombinedError | undefined;
  onRetry: () => void;
}) {
  // Asked for by an ambiguous key, the answer is null and an error beside it.
  if (error && explain(error).code === "AMBIGUOUS_KEY")
    return <WhichInstance issueKey={issueKey} />;
  if (error) return <ErrorState what={issueKey} error={error} onRetry={onRetry} />;
  if (isMissing) {
    return (
      <Empty title={`There is no ${issueKey} here`}>
        <p>
          {instance
            ? `The mirror of ${instance} has no such issue`
            : "No instance has such an issue"}
          , not even under an older key. It may be new and come with the next sync.
        </p>
      </Empty>
    );
  }
  return <PanelSkeleton />;
}

function PanelBar({
  issueKey,
  instance,
  url,
  onClose,
  onNext,
  onPrevious,
}: Props & { url: string | undefined }) {
  return (
    <div className={styles.bar}>
      <span className={styles.key}>{issueKey}</span>
      {instance && <span className={styles.instance}>{instance}</span>}
      <span className={styles.spring} />
      <IconButton label="Previous issue (k)" disabled={!onPrevious} onClick={onPrevious}>
        <ArrowUp aria-hidden size={16} />
      </IconButton>
      <IconButton label="Next issue (j)" disabled={!onNext} onClick={onNext}>
        <ArrowDown aria-hidden size={16} />
      </IconButton>
      {url && (
        <a href={url} target="_blank" rel="noreferrer" className={styles.jira}>
          Open in Jira
          <ExternalLink aria-hidden size={12} />
        </a>
      )}
      <IconButton label="Close (Esc)" onClick={onClose}>
        <X aria-hidden size={16} />
      </IconButton>
    </div>
  );
}

const deletions = {
  DELETED: "It was deleted in Jira.",
  MOVED_OUT: "It was moved to a project that is not in step here.",
  ARCHIVED: "It was archived in Jira.",
  ACCESS_LOST: "The sync account may no longer see it.",
  GONE: "It is gone from Jira: deleted, or no longer visible to the sync account.",
};

function PanelBody({
  issue: data,
  onMoreComments,
  onMoreChanges,
}: {
  issue: ResultOf<typeof panelFragment>;
  onMoreComments: (() => void) | undefined;
  onMoreChanges: (() => void) | undefined;
}) {
  return (
    <div className={styles.body}>
      {data.deletedAt && (
        <p className={styles.deleted}>{deletions[data.deletedReason ?? "GONE"]}</p>
      )}
      <h2 className={styles.summary}>{data.summary}</h2>
      <Tabs.Root defaultValue="details" className={styles.tabs}>
        <Tabs.List className={styles.tabList} aria-label="Parts of the issue">
          <Tabs.Trigger value="details">Details</Tabs.Trigger>
          <Tabs.Trigger value="comments">
            Comments <span>{formatNumber(data.allComments.totalCount)}</span>
          </Tabs.Trigger>
          <Tabs.Trigger value="history">
            History <span>{formatNumber(data.allChanges.totalCount)}</span>
          </Tabs.Trigger>
          <Tabs.Trigger value="raw">Raw</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="details" className={styles.tab}>
          <IssueDetails data={data} />
        </Tabs.Content>
        <Tabs.Content value="comments" className={styles.tab}>
          <IssueComments data={data} total={data.allComments.totalCount} onMore={onMoreComments} />
        </Tabs.Content>
        <Tabs.Content value="history" className={styles.tab}>
          <IssueHistory data={data} total={data.allChanges.totalCount} onMore={onMoreChanges} />
        </Tabs.Content>
        <Tabs.Content value="raw" className={styles.tab}>
          <IssueRaw issueKey={data.key} instance={data.instance.name} />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}

function PanelSkeleton() {
  return (
    <Loading what="the issue">
      <div className={styles.skeleton}>
        <Skeleton width="80%" height={20} />
        <Skeleton width="40%" height={28} />
        {Array.from({ length: 8 }, (_, index) => (
          <Skeleton key={index} width={`${60 - ((index * 11) % 25)}%`} height={14} />
        ))}
      </div>
    </Loading>
  );
}
