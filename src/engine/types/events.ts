/** Events in Docker's shape (API 1.41, GET /events). */
export interface EngineEvent {
  Type: 'container' | 'image' | 'volume' | 'network' | 'builder' | 'daemon';
  /** Docker's words: create start die stop kill pause unpause rename destroy attach detach exec_create … pull push tag untag delete … */
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  /** Seconds since 1970. */
  time: number;
  /** Nanoseconds since 1970, decimal (beyond a double's precision). */
  timeNano: string;
}
