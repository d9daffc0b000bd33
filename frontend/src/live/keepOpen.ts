const retryMs = 2000;

/** Starts `open`, and starts it again whenever it ends by itself. */
export function keepOpen(open: (ended: () => void) => () => void): () => void {
  let timer: number | undefined;
  let close = () => {};
  const start = () => {
    let over = false;
    close = open(() => {
      if (over) return;
      over = true;
      timer = window.setTimeout(start, retryMs);
    });
  };
  start();
  return () => {
    clearTimeout(timer);
    close();
  };
}
