/// How the handbook looks: for reading, on any screen, light or dark as the reader's system is.
enum HandbookStyle {
  static let css = """
    :root { color-scheme: light dark; --ink: #1c1e21; --quiet: #5b6168; --ground: #fff; --area: #f4f5f7;
      --line: #d9dce1; --link: #1f5fa8; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6e8eb; --quiet: #a0a6ae; --ground: #16181b; --area: #202327; --line: #363b42; --link: #83b6f2; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); color: var(--ink);
      background: var(--ground); font: 1rem/1.55 system-ui, sans-serif; }
    nav { border-right: 1px solid var(--line); padding: 1rem; position: sticky; top: 0; height: 100vh; overflow: auto;
      font-size: 0.9rem; }
    nav ul { list-style: none; margin: 0; padding: 0; }
    nav li { margin: 0.3rem 0; }
    nav [aria-current] { font-weight: 600; color: var(--ink); }
    main { padding: 1rem 2rem 4rem; max-width: 62rem; min-width: 0; }
    a { color: var(--link); text-decoration: none; }
    a:hover, a:focus { text-decoration: underline; }
    h1 a, h2 a, h3 a, h4 a { color: inherit; }
    h1, h2, h3, h4 { line-height: 1.25; margin: 1.8em 0 0.6em; }
    h1 { margin-top: 0.4em; }
    code, pre { font: 0.9em/1.45 ui-monospace, monospace; background: var(--area); border-radius: 4px; }
    code { padding: 0.1em 0.3em; }
    pre { padding: 0.8rem 1rem; overflow-x: auto; }
    pre code { padding: 0; background: none; font-size: 1em; }
    table { border-collapse: collapse; display: block; overflow-x: auto; }
    th, td { border: 1px solid var(--line); padding: 0.35rem 0.6rem; text-align: left; vertical-align: top; }
    th { background: var(--area); }
    img { max-width: 100%; height: auto; background: var(--ground); }
    .quiet { color: var(--quiet); }
    .skip { position: absolute; left: -99rem; }
    .skip:focus { left: 1rem; top: 1rem; }
    section.route { border-top: 1px solid var(--line); }
    @media (max-width: 50rem) {
      body { display: block; }
      nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
      main { padding: 1rem; }
    }

    """
}
