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

  @Test(arguments: [1, 2, 3, 8]) func whoeverComesFindsPlacesHoweverManyHaveAllTheyCanGet(tenants: Int) throws {
    var places = Places(limit: 1_000)
    for tenant in 0..<tenants {
      for user in 0..<30 { _ = fill(&places, as: try party("u\(user)@t\(tenant)")) }
    }
    var taken = 0
    while places.take(try party("new@new")) == nil { taken += 1 }
    #expect(taken >= 1_000 / (1 + 2 * (tenants + 1)) - 1, "\(taken)")
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
