/** Signals and errors that end the screen. */
import { EngineError } from '../../engine/index.ts';

/**
 * Calls `leave` with the exit status of a shell for each way the process can be ended. An engine's error that nobody waited for (a
 * refresh in the background) is told and ends nothing. Returns how to stop watching.
 */
export function watchWaysOut(
  leave: (status: number, error?: unknown) => void,
  tell: (error: EngineError) => void,
): () => void {
  const onTerm = () => leave(143);
  const onHangUp = () => leave(129);
  const onInterrupt = () => leave(130);
  const onError = (error: unknown) => leave(1, error);
  const onRejection = (error: unknown) => (error instanceof EngineError ? tell(error) : onError(error));
  process.on('SIGTERM', onTerm);
  process.on('SIGHUP', onHangUp);
  process.on('SIGINT', onInterrupt);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onRejection);
  return () => {
    process.off('SIGTERM', onTerm);
    process.off('SIGHUP', onHangUp);
    process.off('SIGINT', onInterrupt);
    process.off('uncaughtException', onError);
    process.off('unhandledRejection', onRejection);
  };
}
