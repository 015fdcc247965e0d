#include "producers/host.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/log.h"

namespace peal::producers {

Host::Host(std::string node, Publish publish)
    : node_(std::move(node)), publish_(std::move(publish)) {}

Host::~Host() {
  for (auto& [name, entry] : entries_) {
    if (entry.active) {
      entry.producer->Stop();
    }
  }
}

void Host::Add(std::unique_ptr<Producer> producer) {
  const std::string name = producer->description().name;
  PEAL_CHECK(!entries_.contains(name));
  PEAL_CHECK(!bus_classes_.contains(name));
  entries_[name].producer = std::move(producer);
}

void Host::AddBusClass(ClassDescription description) {
  PEAL_CHECK(!entries_.contains(description.name));
  bus_classes_[description.name] = std::move(description);
}

void Host::SetDemand(const Demand& demand) {
  for (auto& [name, entry] : entries_) {
    auto global = demand.global.find(name);
    entry.wants_global = global != demand.global.end() && !global->second.empty();
    entry.wants_local =
        std::find(demand.local.begin(), demand.local.end(), name) != demand.local.end();
    entry.wanted_by = entry.wants_global ? global->second : std::vector<std::string>();
    if (entry.wants_local) {
      entry.wanted_by.push_back(node_);
    }
    std::sort(entry.wanted_by.begin(), entry.wanted_by.end());
    entry.wanted_by.erase(std::unique(entry.wanted_by.begin(), entry.wanted_by.end()),
                          entry.wanted_by.end());
    Apply(name, &entry);
  }
}

void Host::Apply(const std::string& name, Entry* entry) {
  const bool wanted = entry->wants_global || entry->wants_local;
  if (wanted && !entry->active) {
    const absl::Status status = entry->producer->Start(
        [this, entry](proto::Event event) { OnEvent(entry, std::move(event)); });
    entry->active = status.ok();
    entry->error = std::string(status.message());
    if (status.ok()) {
      log::Info("producer {}: started", name);
    } else {
      log::Error("producer {}: cannot start: {}", name, entry->error);
    }
  } else if (!wanted && entry->active) {
    entry->producer->Stop();
    entry->active = false;
    log::Info("producer {}: stopped, nobody wants it", name);
  }
  if (!wanted) {
    entry->error.clear();
  }
}

// One observation is one global event for all who want it so, and one local event for all who want
// that.
void Host::OnEvent(Entry* entry, proto::Event event) {
  entry->events++;
  if (entry->wants_local) {
    proto::Event local = event;
    local.set_scope(proto::SCOPE_LOCAL);
    publish_(std::move(local));
  }
  if (entry->wants_global) {
    event.set_scope(proto::SCOPE_GLOBAL);
    publish_(std::move(event));
  }
}

std::vector<ClassDescription> Host::Classes() const {
  std::map<std::string, ClassDescription> all = bus_classes_;
  for (const auto& [name, entry] : entries_) {
    all[name] = entry.producer->description();
  }
  std::vector<ClassDescription> classes;
  classes.reserve(all.size());
  for (auto& [name, description] : all) {
    classes.push_back(std::move(description));
  }
  return classes;
}

std::vector<ProducerState> Host::Producers() const {
  std::vector<ProducerState> states;
  states.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) {
    states.push_back({.name = name,
                      .active = entry.active,
                      .wanted_by = entry.wanted_by,
                      .events = entry.events,
                      .error = entry.error});
  }
  return states;
}

}  // namespace peal::producers
