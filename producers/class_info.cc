#include "producers/class_info.h"

#include <string>

namespace peal::producers {

proto::ClassInfo ToClassInfo(const ClassDescription& description) {
  proto::ClassInfo info;
  info.set_name(description.name);
  info.set_description(description.description);
  info.set_mode(description.mode);
  info.set_cost(description.cost);
  for (const std::string& type : description.types) {
    info.add_types(type);
  }
  for (const AttributeDescription& attribute : description.attributes) {
    proto::ClassInfo::AttributeInfo* const added = info.add_attributes();
    added->set_name(attribute.name);
    added->set_type(attribute.type);
    added->set_unit(attribute.unit);
    added->set_meaning(attribute.meaning);
  }
  return info;
}

}  // namespace peal::producers
