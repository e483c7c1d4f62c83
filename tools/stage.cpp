// Building, warming up.
#include "tools/stage.h"

namespace acksu::tools {

HostSettings Stage::next_settings(const std::string& name) const {
  const sim::HostId id = world_.host_count();
  HostSettings settings;
  settings.name = name;
  LinkSettings link;
  link.mac = mac(id);
  link.addresses = {{address(id), 24}};
  settings.links = {link};
  return settings;
}

sim::HostId Stage::add_host(HostSettings settings) {
  const std::string name = settings.name;
  const std::string address = to_string(settings.links.front().addresses.front().address);
  const sim::HostId id = world_.add_host(std::move(settings));
  host(id).observe(recorder_.observer(id, name, address, trace::link_kinds(host(id).settings())));
  return id;
}

sim::CableId Stage::connect(sim::HostId a, sim::HostId b, const sim::DirectionSettings& both) {
  return world_.connect({a, 0}, {b, 0}, sim::CableSettings::both(both));
}

std::uint32_t Stage::add_stranger(const std::string& name, const std::string& address) {
  const auto column = static_cast<std::uint32_t>(trace().hosts.size());
  recorder_.observer(column, name, address);
  return column;
}

void Stage::warm_up(sim::HostId a, sim::HostId b) {
  host(a).ping(address(b), {1, 1}, {}, world_.now());
  world_.run_until(world_.now() + 5s);
  while (host(a).next_echo_reply()) {
  }
  recorder_.clear();
  origin_ = world_.now();
}

void Stage::remark(const std::string& english, const std::string& korean) {
  recorder_.remark(world_.now(), english, korean);
}

void Stage::on_frame(Instant now, sim::Port port, Way way, const Frame& frame) {
  if (watcher_ != nullptr) watcher_->on_frame(now, port, way, frame);
}

void Stage::on_lost(Instant now, sim::Port port, const Frame& frame) {
  recorder_.lost(now, port.host, frame.bytes.flatten(), "lost");
}

}  // namespace acksu::tools
