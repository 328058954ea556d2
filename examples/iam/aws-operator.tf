# The operator's user on AWS, with the policy of aws-operator-policy.json. The path of the user is not below
# /accesskeys/, so the operator can't change it.

variable "cluster" {
  type        = string
  description = "The operator's --cluster-name, or else the UID of the namespace kube-system."
}

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  policy = replace(
    replace(file("${path.module}/aws-operator-policy.json"), "ACCOUNT", local.account),
    "CLUSTER", var.cluster
  )
}

resource "aws_iam_policy" "operator" {
  name   = "access-key-operator"
  policy = local.policy
}

resource "aws_iam_user" "operator" {
  name = "access-key-operator"
}

resource "aws_iam_user_policy_attachment" "operator" {
  user       = aws_iam_user.operator.name
  policy_arn = aws_iam_policy.operator.arn
}

resource "aws_iam_access_key" "operator" {
  user = aws_iam_user.operator.name
}

# Terraform's state holds this secret: protect the state, or create the access key by hand.
output "access_key_id" {
  value = aws_iam_access_key.operator.id
}

output "secret_access_key" {
  value     = aws_iam_access_key.operator.secret
  sensitive = true
}
