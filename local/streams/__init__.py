"""Streams: records that were answered as stored, and consumers that go on where they were.

- `shard_log`: the records of one shard, in files of their own: a snapshot of the cloud does not grow with them.
- `kinesis`: puts ministack's shards into such logs; iterators that name a record, not its place in a list.
- `table_changes`: what a DynamoDB stream holds is in the snapshot.
- `mappings`: event source mappings to Lambda functions from both (`sources`); `attempts` is how a batch is tried, split
  and given up, `given_up` what is told of it.
- `positions`: how far each consumer is, in the journal.
"""
