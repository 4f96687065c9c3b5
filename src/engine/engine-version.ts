/** The version of the engine, in a file that costs nothing to load. */
export const ENGINE_VERSION = '0.1.0';
