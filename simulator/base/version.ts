/** Set by the build: the package's version and a hash of the engine's sources. */
declare const HELIOSTAT_VERSION: string | undefined;

export const VERSION: string = typeof HELIOSTAT_VERSION === 'string' ? HELIOSTAT_VERSION : 'unbuilt';
