/** Docker's default seccomp profile, loaded by who needs it; see NOTICE. */
import profile from './seccomp-default.json' with { type: 'json' };

export const DEFAULT_PROFILE = profile;
