import Glibc
import HubRuntime
import HubTestSupport
import Testing

@Suite struct TerminalTests {
  @Test(arguments: [UInt16(40), 7, 200]) func itsWidthIsWhatItSays(columns: UInt16) throws {
    let terminal = try TestTerminal(columns: columns)
    withExtendedLifetime(terminal) { #expect(Terminal.columns(of: terminal.programsEnd) == Int(columns)) }
  }

  @Test func whereItDoesNotSayItIsTheUsual() throws {
    let terminal = try TestTerminal(columns: 0)
    withExtendedLifetime(terminal) { #expect(Terminal.columns(of: terminal.programsEnd) == 80) }
  }

  @Test func aFileHasNone() throws {
    let file = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { close(file) }
    #expect(Terminal.columns(of: file) == nil)
  }

  @Test(arguments: [(20, "1234567890"), (11, "1234567890"), (10, "123456789"), (1, ""), (0, "")])
  func aLineOfProgressNeverWraps(columns: Int, shown: String) {
    #expect(Terminal.progress("1234567890", columns: columns) == "\r\u{1b}[K" + shown)
  }
}
