/** The form in which each tool takes a pair: a file, variables, or code that reads the variables. */
import type { Format } from '../../api/secret-keys.ts';
import { shellQuoted } from './shells.ts';

/** Tools whose files a Secret can hold too: the format that renders them, and where each file belongs. */
export const FILE_TOOLS = {
  aws: {
    format: 'aws-credentials-file',
    places: { credentials: '~/.aws/credentials', config: '~/.aws/config' },
  },
  rclone: { format: 'rclone', places: { 'rclone.conf': '~/.config/rclone/rclone.conf' } },
  s3cmd: { format: 's3cfg', places: { '.s3cfg': '~/.s3cfg' } },
} as const satisfies Readonly<
  Record<string, { readonly format: Format; readonly places: Readonly<Record<string, string>> }>
>;

/** The place where a tool finds the store, and one bucket to show its use by. */
export interface ToolTarget {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
}

/**
 * Code that takes the pair from the variables which `env` and `exec` set, or a pod's `envFrom`: no secret is
 * in it.
 */
export const CODE: Readonly<Record<'boto3' | 'js' | 'go' | 'java', (target: ToolTarget) => string>> = {
  boto3: ({ endpoint, region, bucket }) => `# pip install boto3
# The pair comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
import boto3
from botocore.config import Config

s3 = boto3.client(
    "s3",
    endpoint_url=${JSON.stringify(endpoint)},
    region_name=${JSON.stringify(region)},
    config=Config(s3={"addressing_style": "path"}),
)
for item in s3.list_objects_v2(Bucket=${JSON.stringify(bucket)}).get("Contents", []):
    print(item["Key"])`,
  js: ({ endpoint, region, bucket }) => `// npm install @aws-sdk/client-s3
// The pair comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({
  endpoint: ${JSON.stringify(endpoint)},
  region: ${JSON.stringify(region)},
  forcePathStyle: true,
});
const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: ${JSON.stringify(bucket)} }));
for (const { Key } of Contents) console.log(Key);`,
  go: ({
    endpoint,
    region,
    bucket,
  }) => `// go get github.com/aws/aws-sdk-go-v2/config github.com/aws/aws-sdk-go-v2/service/s3
// The pair comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(${JSON.stringify(region)}))
	if err != nil {
		log.Fatal(err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.BaseEndpoint = aws.String(${JSON.stringify(endpoint)})
		o.UsePathStyle = true
	})
	list, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(${JSON.stringify(bucket)})})
	if err != nil {
		log.Fatal(err)
	}
	for _, object := range list.Contents {
		fmt.Println(aws.ToString(object.Key))
	}
}`,
  java: ({ endpoint, region, bucket }) => `// software.amazon.awssdk:s3
// The pair comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
import java.net.URI;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

public class ListObjects {
  public static void main(String[] args) {
    try (S3Client s3 = S3Client.builder()
        .endpointOverride(URI.create(${JSON.stringify(endpoint)}))
        .region(Region.of(${JSON.stringify(region)}))
        .forcePathStyle(true)
        .build()) {
      s3.listObjectsV2(request -> request.bucket(${JSON.stringify(bucket)}))
          .contents()
          .forEach(object -> System.out.println(object.key()));
    }
  }
}`,
};

/** Returns restic's repository; its password is the user's own. */
export function resticRepository({ endpoint, bucket }: ToolTarget): string {
  return `export RESTIC_REPOSITORY=${shellQuoted(`s3:${endpoint}/${bucket}`)}`;
}

/** The tools that `config` writes settings or code for. */
export const TOOLS = [
  ...(['aws', 'rclone', 's3cmd'] as const),
  ...(['mc', 'restic'] as const),
  ...(['boto3', 'js', 'go', 'java'] as const),
] as const;
export type ToolName = (typeof TOOLS)[number];
