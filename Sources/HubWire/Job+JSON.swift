public import Orders

extension Job {
  /// Writes the job, without its payload: that is for whoever does it, and may hold what is nobody else's.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id)
    json.member("tenantId", tenantID.text)
    json.member("kind", kind.word)
    json.member("name", name)
    json.member("orderId", orderID)
    json.member("state", state.rawValue)
    json.member("due", due)
    json.member("attempts", attempts)
    json.member("lastError", lastError)
    json.member("createdAt", createdAt)
    json.member("diedAt", diedAt)
    json.name("discard")
    if let discard { discard.write(to: &json) } else { json.null() }
    json.endObject()
  }
}

extension Job.Discard {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("reason", reason)
    json.member("by", by.text)
    json.member("at", at)
    json.endObject()
  }
}
