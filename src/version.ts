import manifest from '../package.json' with { type: 'json' };

/** The operator's own version, of package.json. */
export const OPERATOR_VERSION: string = manifest.version;
