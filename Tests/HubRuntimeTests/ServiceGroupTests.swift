import Glibc
import HubRuntime
import HubTestSupport
import Testing

/// Notes what happens, in order.
private final class Journal: Sendable {
  private let entries = Locked<[String]>([])
  var all: [String] { entries.with { $0 } }
  func note(_ entry: String) { entries.with { $0.append(entry) } }
}

private struct Part: Service {
  let name: String
  let journal: Journal
  var fails = false
  var stopSeconds = 0
  var isToldToEnd: @Sendable () -> Bool = { true }
  /// What its start waits for.
  var begins: (@Sendable () async throws -> Void)?
  /// What stands in the journal when it fails.
  var failsAfter: String?

  func start() async throws {
    if let begins {
      journal.note("begin \(name)")
      try await begins()
    }
    if fails { throw Refused() }
    journal.note("start \(name)")
  }
  func stop() async {
    if stopSeconds > 0 { try? await Task.sleep(for: .seconds(stopSeconds)) }
    _ = await eventually(isToldToEnd)
    journal.note("stop \(name)")
  }
  func leave() async { journal.note("leave \(name)") }
  func failure() async -> (any Error)? {
    guard let failsAfter, await eventually({ journal.all.contains(failsAfter) }) else { return nil }
    return Refused()
  }
  struct Refused: Error {}
}

private final class Lines: LogSink {
  let all = Locked<[String]>([])
  func write(_ line: LogLine) {
    all.with { $0.append(line.message + line.fields.map { " \($0.0)=\($0.1)" }.joined()) }
  }
}

@Suite struct ServiceGroupTests {
  private let journal = Journal()
  private let lines = Lines()
  private var log: Log { Log(level: .info, sink: lines) }

  /// Signals each of which comes once something stands in the journal.
  private func signals(_ signals: KeyValuePairs<Int32, String> = [:]) -> AsyncStream<Int32> {
    let (journal, signals) = (journal, Array(signals))
    return AsyncStream { continuation in
      Task {
        for (number, entry) in signals {
          _ = await eventually { journal.all.contains(entry) }
          continuation.yield(number)
        }
      }
    }
  }

  @Test func startsInOrderAndStopsInReverse() async {
    let group = ServiceGroup(
      ["a", "b", "c"].map { Part(name: $0, journal: journal) }, shutdownSeconds: 3_600, log: log)
    #expect(await group.run(signals: signals([SIGTERM: "start c"])) == 0)
    #expect(journal.all == ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
  }

  @Test func stopsWhatRanWhenOneDoesNotStartAndNamesIt() async {
    let parts = [
      Part(name: "a", journal: journal), Part(name: "b", journal: journal, fails: true),
      Part(name: "c", journal: journal),
    ]
    #expect(await ServiceGroup(parts, shutdownSeconds: 3_600, log: log).run(signals: signals()) == 1)
    #expect(journal.all == ["start a", "stop a"])
    #expect(lines.all.with { $0 }.contains("a service did not start service=b error=Refused()"))
  }

  @Test func givesUpOnAServiceThatDoesNotStop() async {
    let parts = [Part(name: "a", journal: journal), Part(name: "slow", journal: journal, stopSeconds: 3_600)]
    #expect(await ServiceGroup(parts, shutdownSeconds: 1, log: log).run(signals: signals([SIGINT: "start slow"])) == 1)
    #expect(lines.all.with { $0 }.contains("a service did not stop in time service=slow seconds=1"))
  }

  @Test func aSecondSignalEndsAtOnce() async {
    let ended = Journal()
    // It stops only when the second signal has been heard.
    let parts = [Part(name: "slow", journal: journal, isToldToEnd: { !ended.all.isEmpty })]
    let group = ServiceGroup(parts, shutdownSeconds: 3_600, log: log, endAtOnce: { ended.note("exit \($0)") })
    _ = await group.run(signals: signals([SIGTERM: "start slow", SIGINT: "start slow"]))
    #expect(ended.all == ["exit 130"])
  }

  @Test func saysThatItLeavesAndWaitsBeforeItStops() async {
    let journal = journal
    let group = ServiceGroup(
      ["a", "b"].map { Part(name: $0, journal: journal) }, shutdownSeconds: 60, leaveSeconds: 7, log: log,
      pause: { journal.note("pause \($0)") })
    #expect(await group.run(signals: signals([SIGTERM: "start b"])) == 0)
    #expect(journal.all == ["start a", "start b", "leave b", "leave a", "pause 7", "stop b", "stop a"])
  }

  @Test func aSecondSignalDoesNotWaitForTheOthersToKnow() async {
    let (journal, released) = (journal, AsyncStream<Void>.makeStream())
    let group = ServiceGroup(
      [Part(name: "a", journal: journal)], shutdownSeconds: 60, leaveSeconds: 3_600, log: log,
      pause: { _ in for await _ in released.stream { return } },
      endAtOnce: {
        journal.note("exit \($0)")
        released.continuation.yield()
      })
    _ = await group.run(signals: signals([SIGTERM: "start a", SIGTERM: "leave a"]))
    #expect(journal.all == ["start a", "leave a", "exit 143", "stop a"])
  }

  @Test func whatDidNotStartDoesNotLeave() async {
    let parts = [Part(name: "a", journal: journal), Part(name: "b", journal: journal, fails: true)]
    let group = ServiceGroup(parts, shutdownSeconds: 60, leaveSeconds: 3_600, log: log)
    #expect(await group.run(signals: signals()) == 1)
    #expect(journal.all == ["start a", "stop a"])
  }

  @Test func oneThatFailsEndsAllAtOnceAndIsNamed() async {
    let parts = [
      Part(name: "a", journal: journal), Part(name: "b", journal: journal, failsAfter: "start c"),
      Part(name: "c", journal: journal),
    ]
    let group = ServiceGroup(parts, shutdownSeconds: 3_600, leaveSeconds: 3_600, log: log)
    #expect(await group.run(signals: signals()) == 1)
    #expect(journal.all == ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
    #expect(lines.all.with { $0 }.contains("a service has failed service=b error=Refused()"))
  }

  @Test func oneThatFailsAfterTheSignalChangesNothing() async {
    let parts = [Part(name: "a", journal: journal), Part(name: "b", journal: journal, failsAfter: "stop b")]
    let group = ServiceGroup(parts, shutdownSeconds: 3_600, log: log)
    #expect(await group.run(signals: signals([SIGTERM: "start b"])) == 0)
  }

  @Test func aSignalEndsAStartThatWaitsAndIsAnEndInGoodOrder() async {
    let parts = [
      Part(name: "a", journal: journal),
      Part(name: "waits", journal: journal, begins: { try await Task.sleep(for: .seconds(3_600)) }),
      Part(name: "c", journal: journal),
    ]
    let group = ServiceGroup(parts, shutdownSeconds: 3_600, leaveSeconds: 3_600, log: log)
    #expect(await group.run(signals: signals([SIGTERM: "begin waits"])) == 0)
    // Nobody was served yet, so nobody need be told.
    #expect(journal.all == ["start a", "begin waits", "stop a"])
    #expect(lines.all.with { $0 }.contains("a signal came while a service started service=waits"))
  }

  @Test func aStartThatFailsAfterTheSignalHasFailed() async {
    let isOver = Locked(false)
    let parts = [
      Part(
        name: "fails", journal: journal,
        begins: {
          _ = await eventually { isOver.with { $0 } }
          throw Part.Refused()
        })
    ]
    let journal = journal
    let watch = Task {
      _ = await eventually { journal.all.contains("begin fails") }
      isOver.with { $0 = true }
    }
    #expect(
      await ServiceGroup(parts, shutdownSeconds: 3_600, log: log).run(signals: signals([SIGTERM: "begin fails"]))
        == 1)
    await watch.value
    #expect(lines.all.with { $0 }.contains("a service did not start service=fails error=Refused()"))
  }

  @Test func aStartThatDoesNotHearIsLeft() async {
    let isOver = Locked(false)
    let parts = [
      Part(name: "deaf", journal: journal, begins: { _ = await eventually { isOver.with { $0 } } })
    ]
    let group = ServiceGroup(parts, shutdownSeconds: 1, log: log)
    #expect(await group.run(signals: signals([SIGTERM: "begin deaf"])) == 1)
    #expect(lines.all.with { $0 }.contains("a service did not stop in time service=deaf seconds=1"))
    isOver.with { $0 = true }
  }

  @Test func hearsARealSignal() async {
    let signals = TerminationSignals([SIGUSR1, SIGUSR2])
    kill(getpid(), SIGUSR1)
    kill(getpid(), SIGUSR2)
    var heard: [Int32] = []
    for await number in signals.stream {
      heard.append(number)
      if heard.count == 2 { break }
    }
    #expect(heard.sorted() == [SIGUSR1, SIGUSR2])
  }
}
