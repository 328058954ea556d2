/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

/**
 * The files of the page by their paths; undefined if the program runs from its sources.
 * `scripts/build-page.ts` puts the bundled page in this module's place.
 */
export const ASSETS: Readonly<Record<string, Asset>> | undefined = undefined;
