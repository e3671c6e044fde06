import Testing

/// What the followers saw is judged by these: they must find a gap, and must not find one where there is none.
@Suite struct SightingsTests {
  private let seen = Sightings.Seen(type: "order:updated", digest: 1)

  @Test func takesEventsInTheirOrderAndSomeAgain() {
    var sightings = Sightings()
    for seq in [1, 2, 1, 2, 3] { #expect(sightings.take(order: "a", seq: seq, seen) == nil) }
    #expect(sightings.take(order: "b", seq: 1, seen) == nil)
    #expect(sightings.last(of: "a") == 3)
    #expect(sightings.repeats == 2)
  }

  @Test(arguments: [0, 3, 9])
  func refusesAGap(seq: Int) {
    var sightings = Sightings()
    #expect(sightings.take(order: "a", seq: 1, seen) == nil)
    #expect(sightings.take(order: "a", seq: seq, seen) != nil)
    #expect(sightings.last(of: "a") == 1)
  }

  @Test func refusesAnotherEventUnderTheSameNumber() {
    var sightings = Sightings()
    #expect(sightings.take(order: "a", seq: 1, seen) == nil)
    #expect(sightings.take(order: "a", seq: 1, Sightings.Seen(type: "order:updated", digest: 2)) != nil)
  }

  @Test func readsAnEventAsItIsSentAndAsItIsStored() throws {
    let data = #"{"order":{"notes":"x","data":1,"id":"y"}}"#
    let frame = try #require(
      EventText(frame: #"{"type":"order:updated","data":\#(data),"id":"aa:7","seq":7,"offset":"5-0"}"#))
    let envelope = try #require(
      EventText(
        envelope: #"{"id":"aa:7","seq":7,"tenant":"t","type":"order:updated","orderId":"aa","at":"z","data":\#(data)}"#)
    )
    #expect(frame.seen == envelope.seen)
    #expect(frame.number.map { "\($0.order):\($0.seq)" } == "aa:7")
    #expect(envelope.number.map { "\($0.order):\($0.seq)" } == "aa:7")
    #expect(frame.offset == "5-0")
    let packet = try #require(PacketText(#"["order:updated",\#(data),"5-0"]"#))
    let unnumbered = try #require(EventText(packet))
    #expect(unnumbered.seen == frame.seen)
    #expect(unnumbered.number == nil)
    #expect(unnumbered.offset == "5-0")
    #expect(PacketText(#"["order:updated",{"n":1}]"#) == nil)
    #expect(EventText(frame: #"{"type":"pong"}"#) == nil)
  }
}

@Suite struct TranscriptTests {
  private let created = Sightings.Seen(type: "order:created", digest: 1)
  private let moved = Sightings.Seen(type: "delivery:status-updated", digest: 2)
  private let updated = Sightings.Seen(type: "order:updated", digest: 3)
  private let again = Sightings.Seen(type: "order:updated", digest: 4)
  /// The third event says the same as the first `moved`.
  private var numbers: EventNumbers { EventNumbers(["a": [created, moved, updated, moved, again]]) }

  private func unnumbered(_ seen: Sightings.Seen) -> EventText { EventText(seen: seen) }

  private func wrong(_ seen: [Sightings.Seen]) -> [Violation] {
    var transcript = Transcript()
    for one in seen { #expect(transcript.take(unnumbered(one)) == nil) }
    return transcript.number(by: numbers)
  }

  @Test func takesEventsInTheirOrderAndSomeAgain() {
    var transcript = Transcript()
    for seen in [created, moved, updated, moved, updated, moved, again] {
      #expect(transcript.take(unnumbered(seen)) == nil)
    }
    #expect(transcript.number(by: numbers) == [])
    #expect(transcript.sightings.orders == ["a": [created, moved, updated, moved, again]])
    #expect(transcript.sightings.repeats == 2)
  }

  @Test func findsAGapDisorderAndWhatIsNotStored() {
    #expect(wrong([created, updated]).count == 1)
    #expect(wrong([created, moved, again]).count == 1)
    #expect(wrong([moved, created]).count == 1)
    #expect(wrong([created, moved, updated, again]).count == 1)
    #expect(wrong([created, Sightings.Seen(type: "order:updated", digest: 9)]).count == 1)
    #expect(wrong([created, Sightings.Seen(type: "order:created", digest: 2)]).count == 1)
  }

  @Test func judgesAnEventThatSaysItsNumberAtOnce() {
    var transcript = Transcript()
    #expect(transcript.take(EventText(number: ("a", 1), seen: created)) == nil)
    #expect(transcript.take(EventText(number: ("a", 3), seen: updated)) != nil)
    #expect(transcript.sightings.orders == ["a": [created]])
  }

  @Test func takesWhatWasLoadedForSeen() {
    var transcript = Transcript()
    #expect(transcript.take(unnumbered(created)) == nil)
    transcript.load(order: "a", upTo: 4)
    for seen in [updated, moved, again] { #expect(transcript.take(unnumbered(seen)) == nil) }
    #expect(transcript.number(by: numbers) == [])
    #expect(transcript.sightings.last(of: "a") == 5)
    // Once only: numbered again, there is nothing new.
    #expect(transcript.number(by: numbers) == [])
    transcript.load(order: "a", upTo: 6)
    #expect(transcript.number(by: numbers).count == 1)
  }
}
