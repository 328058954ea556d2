/** Fields that say where something answers. */
import { z } from 'zod';
import { ENDPOINT, ENDPOINT_MAX_LENGTH } from '../endpoint.ts';
import { celRegex, matches, rules } from './schema.ts';

/** Returns the schema of an endpoint. `field` is its name in messages. */
export const endpointField = (field: string, description: string) =>
  z
    .string()
    .min(1)
    .max(ENDPOINT_MAX_LENGTH)
    .meta({
      description,
      ...rules({
        rule: `self.matches(${celRegex(ENDPOINT)}) && (url(self).getPort() == '' || int(url(self).getPort()) <= 65535)`,
        message: `${field} must be a scheme, a host and a port, without path or user: write, for example, https://minio.storage.svc:9000`,
      }),
    });

/** Returns the schema of a region. */
export const regionField = (description: string) =>
  z
    .string()
    .min(1)
    .max(64)
    .default('us-east-1')
    .meta({
      description,
      ...rules(
        matches(
          /^[A-Za-z0-9_-]+$/,
          'region must consist of letters, digits, - and _: write, for example, us-east-1',
        ),
      ),
    });
