import HubContracts
import Orders
import Testing

@testable import Live

@Suite struct CensusTests {
  private let address: Text = "10.0.0.1"

  private func census(_ change: (inout LiveOptions) -> Void) -> Census {
    var options = LiveOptions()
    change(&options)
    return Census(options: options)
  }

  @Test func aStreamTakesTwoOfTheDescriptorsThatClientsMayHold() {
    let census = census { $0.descriptorLimit = 5 }
    let stream = Census.streamDescriptors
    for _ in 0..<2 { #expect(census.enter(address: address, descriptors: stream) == nil) }
    // One is left: enough for a socket, and not for a stream.
    #expect(census.refusal(address: address, descriptors: stream, person: nil) == .processLimit)
    #expect(census.enter(address: address, descriptors: stream) == .processLimit)
    #expect(census.refusal(address: address, person: nil) == nil)
    #expect(census.enter(address: address) == nil)
    #expect(census.enter(address: address) == .processLimit)
    #expect(census.total == 3)
    census.leave(address: address, descriptors: stream)
    for _ in 0..<2 { #expect(census.enter(address: address) == nil) }
    #expect(census.enter(address: address) == .processLimit)
    for _ in 0..<3 { census.leave(address: address) }
    census.leave(address: address, descriptors: stream)
    #expect(census.isEmpty)
  }

  @Test func whereThereAreDescriptorsEnoughClientsAreCountedAlone() {
    let census = census { $0.connectionLimit = 2 }
    for _ in 0..<2 { #expect(census.enter(address: address, descriptors: Census.streamDescriptors) == nil) }
    #expect(census.enter(address: address) == .processLimit)
  }
}
