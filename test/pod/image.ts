/** What the operator's image is called in a test's cluster. Nobody asks that host. */
export const IMAGE = { repository: 'registry.example.com/access-key-operator', tag: '0.0.0-pod' } as const;
