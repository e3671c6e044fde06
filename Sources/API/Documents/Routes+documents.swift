import HubContracts
import Orders

extension OrderAPI {
  /// The documents, for people with a browser.
  static let documentRoutes: [Route] = [
    Route(
      method: .get, pattern: "/docs", access: .open, summary: "The documents, as web pages: where one starts",
      success: (200, "WebPage"), otherAnswers: [(304, "Nothing")], handler: { try await $0.handbookStart($1) }),
    Route(
      method: .get, pattern: "/docs/api", access: .open, summary: "This description, as a web page",
      success: (200, "WebPage"), otherAnswers: [(304, "Nothing")], handler: { try await $0.handbookAPI($1) }),
    Route(
      method: .get, pattern: "/docs/:page", access: .open,
      summary: "A page of the documents by its name, a picture of one, or their style",
      success: (200, "WebPage"), otherAnswers: [(200, "Picture"), (200, "Style"), (304, "Nothing")],
      handler: { try await $0.handbookPage($1) }),
  ]
}
