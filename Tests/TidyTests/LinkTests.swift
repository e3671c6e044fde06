import Testing

@Suite struct LinkTests {
  private static let pages = [
    "README.md": "# Top\n[page](docs/page.md), [part](docs/page.md#the-parts)\n",
    "docs/page.md": """
    # A page
    ## The `parts`
    ### It's Socket.IO, [linked](a.md)
    ## The parts
    ```sh
    # no heading
    ```
    """,
  ]

  private static func breaches(_ link: String) -> [String] {
    var pages = pages
    pages["docs/other.md"] = link
    return LinkRules(files: pages.keys + ["docs/images/a.png"], pages: pages).breaches("docs/other.md")
  }

  @Test(arguments: [
    "[a](page.md)", "[a](./page.md)", "[a](../README.md#top)", "[a](page.md#the-parts)", "[a](page.md#the-parts-1)",
    "[a](page.md#its-socketio-linked)", "![a](images/a.png)", "[a](images)", "[two\nlines](page.md#a-page)",
    "# Own\n[a](#own)", "[`code`](page.md)", "[a](https://example.org/none.md#none)", "`[a](none.md)`",
    "```\n[a](none.md)\n```",
  ])
  func allowsALinkThatLeadsSomewhere(link: String) {
    #expect(Self.breaches(link) == [])
  }

  @Test(arguments: [
    "[a](none.md)", "[a](docs/page.md)", "[a](page.md#none)", "[a](#top)", "[a](../../README.md)",
    "[a](page.md#The-parts)",
    "[a](page.md#the-parts-2)", "[a](page.md#no-heading)", "![a](images/b.png)", "[two\nlines](none.md)",
    "[`code`](none.md)", "```\n```\n[a](none.md)",
  ])
  func refusesOneThatDoesNot(link: String) {
    #expect(Self.breaches(link).count == 1)
  }
}
