#include "CDocuments.h"

/* The catalogue's files, put in by the compiler: a program that is copied has them with it. SwiftPM's `embedInCode`
   writes such bytes as a literal of Swift's, which takes its compiler a minute for as many. `#embed` is C23's. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t start_md[] = {
#embed "../../orderhub/Documentation.docc/start.md"
};
static const uint8_t rest_md[] = {
#embed "../../orderhub/Documentation.docc/rest.md"
};
static const uint8_t users_md[] = {
#embed "../../orderhub/Documentation.docc/users.md"
};
static const uint8_t tenant_md[] = {
#embed "../../orderhub/Documentation.docc/tenant.md"
};
static const uint8_t parts_md[] = {
#embed "../../orderhub/Documentation.docc/parts.md"
};
static const uint8_t live_md[] = {
#embed "../../orderhub/Documentation.docc/live.md"
};
static const uint8_t own_workflow_md[] = {
#embed "../../orderhub/Documentation.docc/own-workflow.md"
};
static const uint8_t delivery_md[] = {
#embed "../../orderhub/Documentation.docc/delivery.md"
};
static const uint8_t pickup_md[] = {
#embed "../../orderhub/Documentation.docc/pickup.md"
};
static const uint8_t operating_md[] = {
#embed "../../orderhub/Documentation.docc/operating.md"
};
static const uint8_t security_md[] = {
#embed "../../orderhub/Documentation.docc/security.md"
};
static const uint8_t developing_md[] = {
#embed "../../orderhub/Documentation.docc/developing.md"
};
static const uint8_t measuring_md[] = {
#embed "../../orderhub/Documentation.docc/measuring.md"
};
static const uint8_t routes_md[] = {
#embed "../../orderhub/Documentation.docc/routes.md"
};
static const uint8_t edit_md[] = {
#embed "../../orderhub/Documentation.docc/edit.md"
};
static const uint8_t events_md[] = {
#embed "../../orderhub/Documentation.docc/events.md"
};
static const uint8_t workflows_md[] = {
#embed "../../orderhub/Documentation.docc/workflows.md"
};
static const uint8_t settings_md[] = {
#embed "../../orderhub/Documentation.docc/settings.md"
};
static const uint8_t limits_md[] = {
#embed "../../orderhub/Documentation.docc/limits.md"
};
static const uint8_t metrics_md[] = {
#embed "../../orderhub/Documentation.docc/metrics.md"
};
static const uint8_t redis_md[] = {
#embed "../../orderhub/Documentation.docc/redis.md"
};
static const uint8_t close_codes_md[] = {
#embed "../../orderhub/Documentation.docc/close-codes.md"
};
static const uint8_t delivery_svg[] = {
#embed "../../orderhub/Documentation.docc/delivery.svg"
};
static const uint8_t pickup_svg[] = {
#embed "../../orderhub/Documentation.docc/pickup.svg"
};

static const struct hub_document documents[] = {
    {"start.md", start_md, sizeof start_md},
    {"rest.md", rest_md, sizeof rest_md},
    {"users.md", users_md, sizeof users_md},
    {"tenant.md", tenant_md, sizeof tenant_md},
    {"parts.md", parts_md, sizeof parts_md},
    {"live.md", live_md, sizeof live_md},
    {"own-workflow.md", own_workflow_md, sizeof own_workflow_md},
    {"delivery.md", delivery_md, sizeof delivery_md},
    {"pickup.md", pickup_md, sizeof pickup_md},
    {"operating.md", operating_md, sizeof operating_md},
    {"security.md", security_md, sizeof security_md},
    {"developing.md", developing_md, sizeof developing_md},
    {"measuring.md", measuring_md, sizeof measuring_md},
    {"routes.md", routes_md, sizeof routes_md},
    {"edit.md", edit_md, sizeof edit_md},
    {"events.md", events_md, sizeof events_md},
    {"workflows.md", workflows_md, sizeof workflows_md},
    {"settings.md", settings_md, sizeof settings_md},
    {"limits.md", limits_md, sizeof limits_md},
    {"metrics.md", metrics_md, sizeof metrics_md},
    {"redis.md", redis_md, sizeof redis_md},
    {"close-codes.md", close_codes_md, sizeof close_codes_md},
    {"delivery.svg", delivery_svg, sizeof delivery_svg},
    {"pickup.svg", pickup_svg, sizeof pickup_svg},
};

size_t hub_document_count(void) { return sizeof documents / sizeof documents[0]; }

struct hub_document hub_document_at(size_t index) { return documents[index]; }
