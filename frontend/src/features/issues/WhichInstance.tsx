import { useQuery } from "urql";
import { graphql } from "@/graphql/graphql";
import { Empty } from "@/ui/States";
import { IssueLine, issueLineFragment } from "./IssueLine";

const namesakesDocument = graphql(
  `
    query Namesakes($key: String!) {
      issues(where: { key: { eq: $key } }, visibility: ALL, first: 20) {
        nodes {
          id
          instance {
            id
            name
          }
          ...IssueLine
        }
      }
    }
  `,
  [issueLineFragment],
);

/** A key that lives in several instances: which of them is meant? */
export function WhichInstance({ issueKey }: { issueKey: string }) {
  const [{ data }] = useQuery({ query: namesakesDocument, variables: { key: issueKey } });
  return (
    <Empty title={`${issueKey} lives in several instances`}>
      <p>Choose the one you mean.</p>
      <ul>
        {data?.issues.nodes.map((issue) => (
          <li key={issue.id}>
            {issue.instance.name}
            <IssueLine data={issue} />
          </li>
        ))}
      </ul>
    </Empty>
  );
}
