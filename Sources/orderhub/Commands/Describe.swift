import Orders

extension Subcommand {
  static let describe = Subcommand(
    name: "describe", summary: "print a page of the reference, from the tables that the hub works by",
    usage: ReferencePage.allCases.map(\.rawValue).joined(separator: "|"),
    words: ReferencePage.allCases.map(\.rawValue),
    notes: """
      It is Markdown, and stands so in Sources/orderhub/Documentation.docc. After a change of a table print its page anew, as
      in: orderhub describe routes > Sources/orderhub/Documentation.docc/routes.md
      """
  ) { arguments in
    // The words are those of the pages: any other was refused.
    guard let page = arguments.word.flatMap({ ReferencePage(Text($0)) }) else { return Program.Exit.usage }
    print(page.text, terminator: "")
    return Program.Exit.ok
  }
}
