/// What a connection is for: it is told what happens, on the loop's thread.
public protocol ConnectionOwner: AnyObject {
  /// Bytes came; the buffer lives only during the call.
  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection)
  /// More waits to be sent than may: the reader is too slow. Call `Connection.finish` or `Connection.end`.
  func overflowed(_ connection: Connection)
  /// A moment set by `Connection.remind(atMs:)` has come, or is near: look at what is due and set the next.
  func reminded(nowMs: Int64, on connection: Connection)
  /// The socket is closed. Nothing more comes.
  func ended(_ connection: Connection)
}
