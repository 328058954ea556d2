import { Agent, request } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/**
 * One GET on a connection of its own, as readiness is asked for.
 * @param options.ca the certificates to trust, PEM, of an https URL
 * @throws undici's error if there is no answer within 2 s
 */
export async function ask(
  url: string,
  options: { ca?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const dispatcher = new Agent({ connect: options.ca === undefined ? {} : { ca: options.ca } });
  try {
    const signal = AbortSignal.timeout(2000);
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      signal,
      headers: options.headers ?? {},
    });
    return { status: statusCode, headers, text: await body.text() };
  } finally {
    await dispatcher.destroy();
  }
}
