"""boto3: writes an object and reads it, with virtual-host addresses if VIRTUAL_HOST is set."""
import os
import sys

import boto3
from botocore.config import Config

bucket, key = sys.argv[1:]
if os.environ.get("VIRTUAL_HOST"):
    s3 = boto3.client("s3", config=Config(s3={"addressing_style": "virtual"}))
else:
    s3 = boto3.client("s3")
s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
print(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
