/** Signals and errors that end the screen. */

/** Calls `leave` with the exit status of a shell for each way the process can be ended. Returns how to stop watching. */
export function watchWaysOut(leave: (status: number, error?: unknown) => void): () => void {
  const onTerm = () => leave(143);
  const onHangUp = () => leave(129);
  const onInterrupt = () => leave(130);
  const onError = (error: unknown) => leave(1, error);
  process.on('SIGTERM', onTerm);
  process.on('SIGHUP', onHangUp);
  process.on('SIGINT', onInterrupt);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return () => {
    process.off('SIGTERM', onTerm);
    process.off('SIGHUP', onHangUp);
    process.off('SIGINT', onInterrupt);
    process.off('uncaughtException', onError);
    process.off('unhandledRejection', onError);
  };
}
