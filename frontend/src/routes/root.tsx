import { createRootRoute, Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Shell } from "@/features/shell/Shell";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/States";

function NotFound() {
  return (
    <Empty title="There is no such page" action={<Link to="/">Go to the overview</Link>}>
      <p>The address may be mistyped, or the page has moved.</p>
    </Empty>
  );
}

/** A screen that broke costs its content, never the navigation. */
export function BrokenScreen({ error, reset }: ErrorComponentProps) {
  return (
    <Empty title="This screen broke" action={<Button onClick={reset}>Try again</Button>}>
      <p>{error instanceof Error ? error.message : String(error)}</p>
    </Empty>
  );
}

export const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });
