import Orders

/// The server's clock in what is sent to it. A test moves it on.
struct JobClock: Sendable {
  /// How far ahead of the server's clock it is, in milliseconds.
  var aheadMs: Int64 = 0

  /// Writes a field whose value is the time, and so many milliseconds.
  func write(_ key: StaticString, afterMs: Int64 = 0, to writer: inout BSONWriter) {
    let (ahead, isFar) = aheadMs.addingReportingOverflow(afterMs)
    writer.document(key) {
      let parts = $0.openArray("$add")
      $0.string("0", "$$NOW" as StaticString)
      $0.int64("1", isFar ? aheadMs : ahead)
      $0.close(parts)
    }
  }

  /// Writes a condition: a field's time has come.
  func writeDue(_ field: StaticString, to writer: inout BSONWriter) {
    writer.document("$expr") {
      let parts = $0.openArray("$lte")
      $0.string("0", field)
      write("1", to: &$0)
      $0.close(parts)
    }
  }

  /// What a time of the server's comes to.
  func time(_ server: Timestamp) -> Timestamp {
    let (millis, isFar) = server.millis.addingReportingOverflow(aheadMs)
    return Timestamp(millis: isFar ? .max : millis)
  }
}
