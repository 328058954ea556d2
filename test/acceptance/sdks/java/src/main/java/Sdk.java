import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** AWS SDK for Java v2: writes an object and reads it, with path-style addresses if PATH_STYLE is set. */
public class Sdk {
  public static void main(String[] args) {
    try (S3Client s3 = System.getenv("PATH_STYLE") != null
        ? S3Client.builder().forcePathStyle(true).build()
        : S3Client.builder().build()) {
      s3.putObject(request -> request.bucket(args[0]).key(args[1]), RequestBody.fromString("hello"));
      System.out.println(s3.getObjectAsBytes(request -> request.bucket(args[0]).key(args[1])).asUtf8String());
    } catch (SdkClientException error) {
      System.err.println(error.getMessage());
      System.exit(1);
    }
  }
}
