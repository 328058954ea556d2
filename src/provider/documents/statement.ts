/** One statement of an IAM policy, as this project writes it. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An IAM policy document. The store keeps `ID` unchanged, and it carries the operator's mark. */
export interface PolicyDocument {
  readonly ID: string;
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}
