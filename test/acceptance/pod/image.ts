/** The names of the images in a test's cluster. Nobody asks that host. */
const HOST = 'registry.example.com';

export const IMAGE = { repository: `${HOST}/access-key-operator`, tag: '0.0.0-pod' } as const;
export const MINIO_IMAGE = `${HOST}/minio:of-the-bed`;
export const PAUSE_IMAGE = `${HOST}/pause:of-the-bed`;
