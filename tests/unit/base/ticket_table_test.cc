#include "core/base/ticket_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/ids.h"

namespace peal::base {
namespace {

using Ticket = Id<struct TestTicketTag, uint64_t>;

TEST(TicketTable, GivesEachValueBackOnce) {
  TicketTable<Ticket, std::string> table;
  const Ticket a = table.Add("a");
  const Ticket b = table.Add("b");

  EXPECT_EQ(table.Take(b), "b");
  EXPECT_EQ(table.Take(b), std::nullopt);
  EXPECT_EQ(table.Take(a), "a");
  EXPECT_EQ(table.Take(a), std::nullopt);
  EXPECT_EQ(table.size(), 0U);
}

TEST(TicketTable, TicketsAreDenseAndNeverUsedAgain) {
  TicketTable<Ticket, int> table;
  EXPECT_EQ(table.Add(1), Ticket(1));
  table.Take(Ticket(1));

  EXPECT_EQ(table.next(), Ticket(2));
  EXPECT_EQ(table.Add(2), Ticket(2));
  EXPECT_EQ(table.Take(Ticket(1)), std::nullopt);
}

TEST(TicketTable, VisitsWhatIsHeldFromTheOldest) {
  TicketTable<Ticket, int> table;
  for (int value = 1; value <= 4; ++value) {
    table.Add(value);
  }
  table.Take(Ticket(1));
  table.Take(Ticket(3));

  std::vector<int> seen;
  table.ForEach([&seen](Ticket ticket, int value) {
    EXPECT_EQ(ticket, Ticket(static_cast<uint64_t>(value)));
    seen.push_back(value);
  });
  EXPECT_EQ(seen, (std::vector<int>{2, 4}));
  EXPECT_EQ(table.size(), 2U);
}

TEST(TicketTableDeathTest, ATicketThatWasNeverGivenIsABug) {
  TicketTable<Ticket, int> table;
  EXPECT_DEATH(table.Take(Ticket(1)), "ticket < next");
}

}  // namespace
}  // namespace peal::base
