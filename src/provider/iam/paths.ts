/** The beginning of every policy's name, which the root of the paths stands for. */
const PREFIX = 'accesskeys.';

/**
 * Returns the path of the users with that policy. All users of one AccessKey are on one path, and all of a
 * cluster below another, so that a path says whose a user is: policy `accesskeys.prod.shop.photos.HASH` has
 * `/accesskeys/prod/shop/photos.HASH/`. Neither a cluster's name nor a namespace's contains a dot.
 * @param root begins and ends with a slash
 */
export function pathOf(root: string, policy: string): string {
  const [cluster = '', namespace = '', ...name] = policy.slice(PREFIX.length).split('.');
  return `${root}${cluster}/${namespace}/${name.join('.')}/`;
}

/** Returns the ARN of the managed policy of users on a path. @param policies the beginning of such ARNs */
export function managedArn(policies: string, path: string): string {
  return `${policies}${path.slice(0, -1)}`;
}

/** Returns the policy of the users on a path; undefined for a path that isn't one of an AccessKey. */
export function policyAt(root: string, path: string): string | undefined {
  if (!path.startsWith(root)) return undefined;
  const [cluster, namespace, name, end, ...more] = path.slice(root.length).split('/');
  if (!cluster || !namespace || !name || end !== '' || more.length > 0) return undefined;
  const policy = `${PREFIX}${cluster}.${namespace}.${name}`;
  return pathOf(root, policy) === path ? policy : undefined;
}
