import HubContracts
import HubRuntime
import Orders
import Testing

@Suite struct PlacesTests {
  private func fill(_ places: inout Places, as party: Party) -> Places.Lack? {
    for _ in 0...places.limit { if let lack = places.take(party) { return lack } }
    return nil
  }

  @Test func oneUserHasHalfOfThePlacesAndATenantTwoThirds() throws {
    var places = Places(limit: 900)
    let (ada, ann) = (try party("ada@a"), try party("ann@a"))
    var lack = fill(&places, as: ada)
    #expect(lack == .user)
    #expect(places.taken == 450)
    lack = fill(&places, as: ann)
    #expect(lack == .household)
    #expect(places.taken == 600)
    #expect(places.lack(for: try party("ben@b")) == nil)
  }

  @Test(arguments: [1, 2, 3, 8]) func whoeverComesHasItsPartSoonHoweverManyTakeAllTheyCanGet(tenants: Int) throws {
    var places = Places(limit: 1_000)
    var owners = try (0..<tenants).flatMap { tenant in try (0..<3).map { try party("u\($0)@t\(tenant)") } }
    for owner in owners { _ = fill(&places, as: owner) }
    let new = try party("new@new")
    owners.append(new)
    var held = 0
    // Whatever is done gives its place back, and all want more at once.
    for _ in 0..<2_000 {
      for owner in owners where owner != new || held > 0 {
        let isThere = places.holds(owner) > 0
        if isThere { places.leave(owner) }
      }
      for owner in owners { _ = fill(&places, as: owner) }
      held = places.holds(new)
    }
    #expect(held >= 1_000 / (1 + 2 * (tenants + 1)) - 30, "\(held)")
  }

  @Test func thePlaceThatIsGivenBackIsFreeAgainAndTheHubIsBoundByTheLimitAlone() throws {
    var places = Places(limit: 4)
    let ada = try party("ada@a")
    _ = fill(&places, as: ada)
    #expect(places.taken == 2)
    places.leave(ada)
    let lack = places.take(ada)
    #expect(lack == nil)
    while places.take(.hub) == nil {}
    #expect(places.taken == 4)
    #expect(places.lack(for: .hub) == .all)
    #expect(places.lack(for: try party("ben@b")) == .all)
  }

  @Test func aSinglePlaceIsForWhoeverIsFirst() throws {
    var places = Places(limit: 1)
    let (ada, ben) = (try party("ada@a"), try party("ben@b"))
    var lacks = [places.take(ada), places.take(ben)]
    places.leave(ada)
    lacks.append(places.take(ben))
    #expect(lacks == [nil, .all, nil])
  }
}
