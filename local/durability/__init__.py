"""What was answered as stored is stored: kill the server at any moment, start it again, and it is there.

- `snapshot`: the whole state of every service, one folder a snapshot, named by one pointer file.
- `journal`: what changed since that snapshot, one line a change, written before the change is answered.
- `queues`, `tables`, `deliveries`, `objects`: how the changes of SQS and DynamoDB, of events on their way, and of S3
  get into the journal or onto the disk. Kinesis and Firehose have logs of their own, see `local/streams`.
- `store`: puts them together.
"""
