/** The result of one check of `doctor`, and its remedy. */
export interface Diagnosis {
  /** `unknown`: the user may not look. */
  readonly state: 'ok' | 'warning' | 'problem' | 'unknown';
  readonly topic: string;
  readonly message: string;
  /** In the imperative; undefined if there is nothing to do. */
  readonly remedy?: string;
}

/** Makes the diagnoses of one topic. */
export function about(topic: string) {
  return {
    ok: (message: string): Diagnosis => ({ state: 'ok', topic, message }),
    warning: (message: string, remedy: string): Diagnosis => ({ state: 'warning', topic, message, remedy }),
    problem: (message: string, remedy: string): Diagnosis => ({ state: 'problem', topic, message, remedy }),
    unknown: (message: string, remedy: string): Diagnosis => ({ state: 'unknown', topic, message, remedy }),
  };
}
