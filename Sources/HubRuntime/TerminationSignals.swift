import Glibc
import Synchronization

/// The signals that ask a process to end, as a stream.
///
/// The handler only writes a byte to a pipe, which a thread reads: nothing else is safe within one.
public final class TerminationSignals: Sendable {
  /// Each signal as it comes.
  public let stream: AsyncStream<Int32>

  /// Takes over `numbers`; one object a process.
  public init(_ numbers: [Int32] = [SIGTERM, SIGINT]) {
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(16))
    self.stream = stream
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { preconditionFailure("no pipe for signals: errno \(errno)") }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    pipeEnd.store(ends[1], ordering: .sequentiallyConsistent)
    let reading = ends[0]
    Thread.start(name: "signals") {
      var ready = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
      var number: UInt8 = 0
      while true {
        poll(&ready, 1, -1)
        while read(reading, &number, 1) == 1 { continuation.yield(Int32(number)) }
      }
    }.detach()
    for number in numbers {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = noteSignal
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  /// A write to a client that is gone shall fail, not end the process.
  public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}

/// Where the handler writes; a constant from before the first handler is set.
private let pipeEnd = Atomic<Int32>(-1)

private let noteSignal: @convention(c) (Int32) -> Void = { number in
  let before = errno
  var byte = UInt8(truncatingIfNeeded: number)
  _ = write(pipeEnd.load(ordering: .sequentiallyConsistent), &byte, 1)
  errno = before
}
