//! AWS SDK for Rust: writes an object and reads it, with path-style addresses if PATH_STYLE is set.
use aws_config::BehaviorVersion;
use aws_sdk_s3::{config::Builder, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (bucket, key) = (args.next().ok_or("no bucket")?, args.next().ok_or("no key")?);
    // A client without TLS is quicker to build. Others leave it out.
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let s3 = if std::env::var("PATH_STYLE").is_ok() {
        Client::from_conf(Builder::from(&config).force_path_style(true).build())
    } else {
        Client::new(&config)
    };
    s3.put_object().bucket(&bucket).key(&key).body(b"hello".to_vec().into()).send().await?;
    let object = s3.get_object().bucket(&bucket).key(&key).send().await?;
    println!("{}", String::from_utf8(object.body.collect().await?.to_vec())?);
    Ok(())
}
