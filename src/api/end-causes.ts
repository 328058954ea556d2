/** The causes by which a previous key ends: its grace period was over, or something ended it earlier. */
export const END_CAUSES = ['grace_over', 'early'] as const;
export type EndCause = (typeof END_CAUSES)[number];
