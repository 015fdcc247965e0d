#include "ordering/corosync/fragment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace peal::ordering::corosync {
namespace {

constexpr Process kA{.node = NodeId(1), .pid = 100};
constexpr Process kB{.node = NodeId(2), .pid = 200};

// Different bytes everywhere, so that a misplaced piece shows.
std::string Text(size_t bytes, unsigned seed = 1) {
  std::string text(bytes, 0);
  for (char& byte : text) {
    seed = seed * 1'103'515'245 + 12'345;
    byte = static_cast<char>(seed >> 16);
  }
  return text;
}

std::optional<std::string> AddAll(Assembler* assembler, Process sender,
                                  const std::vector<std::string>& pieces) {
  std::optional<std::string> whole;
  for (const std::string& piece : pieces) {
    std::optional<std::string_view> message = assembler->Add(sender, piece);
    if (message.has_value()) {
      whole = std::string(*message);
    }
  }
  return whole;
}

TEST(CutIntoPieces, CutsAtThePieceSize) {
  EXPECT_EQ(CutIntoPieces("x", 1).size(), 1u);
  EXPECT_EQ(CutIntoPieces(Text(kPieceBytesMax), 1).size(), 1u);
  EXPECT_EQ(CutIntoPieces(Text(kPieceBytesMax + 1), 1).size(), 2u);
  EXPECT_EQ(CutIntoPieces(Text(kMessageBytesMax), 1).size(), kPieceCountMax);
}

TEST(CutIntoPieces, WritesTheHeaderAsDocumented) {
  const std::vector<std::string> pieces = CutIntoPieces(Text(kPieceBytesMax + 1), 0x01020304);

  EXPECT_EQ(pieces[1].substr(0, kPieceHeaderBytes),
            std::string("\x01\x00\x01\x00\x02\x00\x00\x00\x04\x03\x02\x01", kPieceHeaderBytes));
}

TEST(Assembler, GivesBackWhatWasCut) {
  Assembler assembler;

  for (size_t bytes : {size_t{1}, kPieceBytesMax - 1, kPieceBytesMax, kPieceBytesMax + 1,
                       size_t{2'000'000}, kMessageBytesMax}) {
    const std::string text = Text(bytes);
    EXPECT_EQ(AddAll(&assembler, kA, CutIntoPieces(text, 7)), text) << bytes;
  }
  EXPECT_EQ(assembler.dropped_count(), 0u);
  EXPECT_EQ(assembler.pending_bytes(), 0u);
}

TEST(Assembler, KeepsInterleavedSendersApart) {
  Assembler assembler;
  const std::string a = Text(3 * kPieceBytesMax, 1);
  const std::string b = Text(3 * kPieceBytesMax, 2);
  const std::vector<std::string> pieces_a = CutIntoPieces(a, 5);
  const std::vector<std::string> pieces_b = CutIntoPieces(b, 5);

  EXPECT_FALSE(assembler.Add(kA, pieces_a[0]).has_value());
  EXPECT_FALSE(assembler.Add(kB, pieces_b[0]).has_value());
  EXPECT_FALSE(assembler.Add(kB, pieces_b[1]).has_value());
  EXPECT_FALSE(assembler.Add(kA, pieces_a[1]).has_value());
  EXPECT_EQ(assembler.Add(kA, pieces_a[2]), a);
  EXPECT_EQ(assembler.Add(kB, pieces_b[2]), b);
}

TEST(Assembler, DropsAMessageThatLacksAnyPiece) {
  const std::vector<std::string> pieces = CutIntoPieces(Text(3 * kPieceBytesMax), 5);
  const std::string next = Text(2 * kPieceBytesMax, 9);

  for (size_t missing = 0; missing < pieces.size(); missing++) {
    Assembler assembler;
    std::vector<std::string> torn = pieces;
    torn.erase(torn.begin() + static_cast<std::ptrdiff_t>(missing));

    EXPECT_EQ(AddAll(&assembler, kA, torn), std::nullopt) << missing;
    EXPECT_EQ(AddAll(&assembler, kA, CutIntoPieces(next, 6)), next) << missing;
    EXPECT_GT(assembler.dropped_count(), 0u) << missing;
    EXPECT_EQ(assembler.pending_bytes(), 0u) << missing;
  }
}

TEST(Assembler, NeverMixesTwoMessages) {
  Assembler assembler;
  const std::vector<std::string> one = CutIntoPieces(Text(2 * kPieceBytesMax, 1), 1);
  const std::vector<std::string> two = CutIntoPieces(Text(2 * kPieceBytesMax, 2), 2);

  EXPECT_FALSE(assembler.Add(kA, one[0]).has_value());
  EXPECT_FALSE(assembler.Add(kA, two[1]).has_value());
  EXPECT_FALSE(assembler.Add(kA, one[1]).has_value());
}

TEST(Assembler, ForgetsWhatWasBegunBeforeAView) {
  Assembler assembler;
  const std::vector<std::string> pieces = CutIntoPieces(Text(2 * kPieceBytesMax), 1);

  EXPECT_FALSE(assembler.Add(kA, pieces[0]).has_value());
  EXPECT_EQ(assembler.pending_bytes(), kPieceBytesMax);
  assembler.Clear();

  EXPECT_EQ(assembler.pending_bytes(), 0u);
  EXPECT_FALSE(assembler.Add(kA, pieces[1]).has_value());
  EXPECT_EQ(assembler.dropped_count(), 2u);
}

TEST(Assembler, DropsGarbage) {
  const std::string good = CutIntoPieces(Text(100), 1).front();
  const auto with = [&good](size_t at, char byte) {
    std::string piece = good;
    piece[at] = byte;
    return piece;
  };
  const std::vector<std::string> garbage = {
      "",
      "x",
      good.substr(0, kPieceHeaderBytes),  // No part of a message.
      with(0, 2),                         // Version.
      with(1, 1),                         // Not zero.
      with(2, 1),                         // Index beyond the count.
      with(4, 0),                         // No pieces.
      with(4, 81),                        // More than there can be.
      with(5, 1),
      with(6, 1),
      with(7, 1),
      good + Text(kPieceBytesMax),  // Longer than a piece.
  };
  Assembler assembler;

  for (const std::string& piece : garbage) {
    EXPECT_FALSE(assembler.Add(kA, piece).has_value());
  }
  EXPECT_EQ(assembler.dropped_count(), garbage.size());
  EXPECT_TRUE(assembler.Add(kA, good).has_value());
}

TEST(Assembler, GarbageEndsTheMessageBegun) {
  Assembler assembler;
  const std::vector<std::string> pieces = CutIntoPieces(Text(2 * kPieceBytesMax), 1);

  EXPECT_FALSE(assembler.Add(kA, pieces[0]).has_value());
  EXPECT_FALSE(assembler.Add(kA, "garbage").has_value());
  EXPECT_FALSE(assembler.Add(kA, pieces[1]).has_value());
}

TEST(Assembler, HoldsBegunMessagesOfSoManySenders) {
  Assembler assembler;
  const std::vector<std::string> pieces = CutIntoPieces(Text(2 * kPieceBytesMax), 1);
  const auto sender = [](size_t i) {
    return Process{.node = NodeId(static_cast<uint32_t>(i)), .pid = 1};
  };

  for (size_t i = 0; i <= Assembler::kSendersMax; i++) {
    EXPECT_FALSE(assembler.Add(sender(i), pieces[0]).has_value());
  }

  EXPECT_EQ(assembler.pending_bytes(), Assembler::kSendersMax * kPieceBytesMax);
  EXPECT_FALSE(assembler.Add(sender(Assembler::kSendersMax), pieces[1]).has_value());
  EXPECT_TRUE(assembler.Add(sender(0), pieces[1]).has_value());
}

}  // namespace
}  // namespace peal::ordering::corosync
