import HubTestSupport
import Testing

/// The settings of a tenant, all of them.
extension KeptMemberTests {
  static func takeTenant(_ boss: Caller, _ take: Take) async throws {
    let (secret, https, on): (Document, Document, Document) = ("whsec_of_nobody", "https://shop.example/x", true)
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    let hours: Document = .object(
      Dictionary(uniqueKeysWithValues: week.map { ($0, .array([["from": "09:00", "to": "18:30"]])) }))
    func reached(_ more: [String: Document]) -> Document {
      .object(["enabled": on, "account": "shop-17", "url": https].merging(more) { $1 })
    }
    let body: Document = [
      "version": 0, "defaultWorkflow": "delivery", "timeZone": "Asia/Kolkata", "currency": "INR",
      "store": [
        "name": "Asha's", "address": "2 High St", "phone": "+91 98450 12345", "email": "shop@example.com",
        "openingHours": hours,
      ], "notifications": ["x": ["live": on, "mail": on, "sms": false, "webhook": on, "push": on]],
      "alerts": ["x": ["enabled": on, "threshold": 0.35, "windowMinutes": 60, "minimumOrders": 10]],
      "payments": ["x": reached(["publicKey": "pk_1", "secretKey": secret, "webhookSecret": secret])],
      "carriers": ["x": reached(["apiKey": secret, "secret": secret])],
      "escrow": reached(["apiKey": secret, "secret": secret]),
      "pos": reached(["kind": "treez", "secrets": ["x": secret]]),
      "smtp": [
        "host": "mail.example.com", "port": 587, "security": "starttls", "user": "shop", "password": secret,
        "from": "shop@example.com", "fromName": "Asha's",
      ],
      "branding": ["name": "Asha", "color": "#1f6feb", "logoUrl": https, "footer": "Thank you"],
    ]
    try await take("PATCH /api/tenant", "/api/tenant", body) { reply in
      let tenant = try await boss.get("/api/tenant")["tenant"]
      #expect(tenant == reply["tenant"])
      var found = leaves(of: tenant)
      // A secret is not given back, but that there is one.
      for (path, value) in leaves(of: body) where value == secret {
        found[path] = found["\(path).set"] == .bool(true) ? secret : .missing
      }
      found["version"] = tenant["version"] == 1 ? 0 : .missing
      return found
    }
  }
}
