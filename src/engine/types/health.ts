/** Docker's State.Health. */

export interface HealthResult {
  /** RFC 3339 */
  Start: string;
  End: string;
  /** -1 = it hung or could not be run */
  ExitCode: number;
  /** 4096 bytes at most */
  Output: string;
}

/** Docker's State.Health */
export interface ContainerHealth {
  Status: 'starting' | 'healthy' | 'unhealthy';
  FailingStreak: number;
  /** the last five, oldest first */
  Log: HealthResult[];
}
