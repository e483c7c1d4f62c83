// Every error has a name, a sentence and a POSIX equivalent.
#include "base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace acksu {
namespace {

constexpr int errors = static_cast<int>(Error::not_supported) + 1;

TEST(Error, EveryOneHasANameAndASentenceOfItsOwn) {
  std::set<std::string> names;
  std::set<std::string> sentences;
  for (int i = 0; i < errors; ++i) {
    const auto error = static_cast<Error>(i);
    const std::string text = sentence(error);
    names.insert(name(error));
    sentences.insert(text);
    EXPECT_EQ(text.back(), '.') << text;
    EXPECT_EQ(make_error_code(error).message(), text);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(errors));
  EXPECT_EQ(sentences.size(), static_cast<std::size_t>(errors));
}

TEST(Error, NamesAreInTheOrderOfTheEnum) {
  EXPECT_STREQ(name(Error::none), "none");
  EXPECT_STREQ(name(Error::address_in_use), "address_in_use");
  EXPECT_STREQ(name(Error::connection_refused), "connection_refused");
  EXPECT_STREQ(name(Error::port_unreachable), "port_unreachable");
  EXPECT_STREQ(name(Error::is_shut_down), "is_shut_down");
  EXPECT_STREQ(name(Error::not_supported), "not_supported");
}

TEST(Error, IsAnErrorCodeWithPosixEquivalents) {
  const std::error_code code = Error::connection_reset;
  EXPECT_TRUE(code);
  EXPECT_STREQ(code.category().name(), "acksu");
  EXPECT_FALSE(std::error_code{Error::none});
  const std::pair<Error, std::errc> rows[] = {
      {Error::would_block, std::errc::operation_would_block},
      {Error::bad_handle, std::errc::bad_file_descriptor},
      {Error::invalid_argument, std::errc::invalid_argument},
      {Error::address_in_use, std::errc::address_in_use},
      {Error::address_not_available, std::errc::address_not_available},
      {Error::connection_refused, std::errc::connection_refused},
      {Error::connection_reset, std::errc::connection_reset},
      {Error::connection_aborted, std::errc::connection_aborted},
      {Error::timed_out, std::errc::timed_out},
      {Error::host_unreachable, std::errc::host_unreachable},
      {Error::network_unreachable, std::errc::network_unreachable},
      {Error::port_unreachable, std::errc::connection_refused},
      {Error::protocol_unreachable, std::errc::no_protocol_option},
      {Error::parameter_problem, std::errc::protocol_error},
      {Error::not_connected, std::errc::not_connected},
      {Error::already_connected, std::errc::already_connected},
      {Error::is_shut_down, std::errc::broken_pipe},
      {Error::out_of_memory, std::errc::no_buffer_space},
      {Error::message_too_long, std::errc::message_size},
      {Error::not_supported, std::errc::operation_not_supported},
      {Error::ttl_exceeded, std::errc::host_unreachable},
      {Error::permission_denied, std::errc::permission_denied},
  };
  EXPECT_EQ(std::size(rows), static_cast<std::size_t>(errors) - 1);
  for (const auto& [error, posix] : rows) {
    EXPECT_TRUE(make_error_code(error) == posix) << name(error);
    EXPECT_FALSE(make_error_code(error) == std::errc::io_error) << name(error);
  }
}

TEST(Error, ANumberThatIsNoneIsStillPrinted) {
  const std::error_code code{200, error_category()};
  EXPECT_FALSE(code.message().empty());
  EXPECT_FALSE(code == std::errc::timed_out);
}

}  // namespace
}  // namespace acksu
