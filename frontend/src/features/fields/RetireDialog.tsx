import { useMutation, useQuery } from "urql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { explain } from "@/ui/explain";
import { plural } from "@/ui/format";
import { useNotify } from "@/ui/notices";
import { retireMappingDocument, type MappingRow } from "./fieldsDocument";
import { mappingDetailsDocument } from "./mappingDetails";
import { UsedBy } from "./UsedBy";

/** Takes a mapping from what is offered, after saying what that affects. */
export function RetireDialog({ mapping, onClose }: { mapping: MappingRow; onClose: () => void }) {
  const [{ fetching, error }, retire] = useMutation(retireMappingDocument);
  const [{ data }] = useQuery({
    query: mappingDetailsDocument,
    variables: { id: mapping.id },
    requestPolicy: "cache-and-network",
  });
  const live = useLiveStore();
  const notify = useNotify();
  const confirm = async () => {
    const result = await retire({ id: mapping.id });
    if (result.error) return;
    notify("ok", `${mapping.label} is retired`);
    live.dispatch({ type: "stale" });
    onClose();
  };
  return (
    <Dialog
      title={`Retire ${mapping.label}?`}
      description={
        <p>
          It leaves the lists of columns and filters. Its column and{" "}
          {plural(mapping.filled, "value")} stay, queries that name it go on being answered, and it
          can be brought back at any time.
        </p>
      }
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={fetching} onClick={() => void confirm()}>
            Retire
          </Button>
        </>
      }
    >
      <UsedBy node={data?.node} />
      {error && <p role="alert">{explain(error).message}</p>}
    </Dialog>
  );
}
