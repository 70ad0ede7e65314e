"""Firehose: delivery streams to S3, from a Kinesis stream or by direct puts, gathered, transformed, converted, written.

ministack 1.5.33 calls the function and writes an object for every single record, before the put is answered.
Here the stream is the buffer. A delivery stream's position in each shard moves on when the objects are written, so a
record that was put is delivered whatever is killed, now and then twice, as on AWS.

- `settings`: what a delivery stream asks for.
- `delivering`: when and how much, and the steps in order.
- `transforming`: batches to the Lambda function and back; `converting`: JSON to Parquet with the Glue table's columns.
- `undelivered`: the documents below the error prefix.
- `direct_puts`: PutRecord and PutRecordBatch.
"""
