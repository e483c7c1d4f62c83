// Tests of the parts of a picture: XML that holds whatever comes, and few words for many points.
#include "trace/svg.h"

#include <gtest/gtest.h>

namespace acksu::trace {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(Svg, WritesPixels) {
  EXPECT_EQ(pixels(0), "0");
  EXPECT_EQ(pixels(125), "12.5");
  EXPECT_EQ(pixels(-30), "-3");
  EXPECT_EQ(pixels(-5), "-0.5");
}

TEST(Svg, EscapesWhatXmlReservesOrDoesNotKnow) {
  EXPECT_EQ(escaped("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
  EXPECT_EQ(escaped("악수 →"), "악수 →");
  EXPECT_EQ(escaped("\x01\xff\xef\xbf\xbf"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(escaped("a\tb\n"), "a\tb\n");
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\xef\xbf\xbd");  // half of a pair of UTF-16
}

TEST(Svg, IsAPageOfWhatWasDrawn) {
  Svg svg;
  svg.begin_clip({0, 0, 100, 50});
  svg.rectangle({10, 20, 30, 45}, "frame", "a <word>");
  svg.line({0, 0}, {100, 0}, "grid");
  svg.line({0, 0}, {100, 50}, "grid");
  svg.end_group();
  svg.text({5, 5}, "1 & 2", "tick", "end");
  svg.path("", "nothing");
  const std::string page = svg.finish({0, 0, 1000, 505}, "A title", "path{fill:none}\n");
  EXPECT_EQ(page.find("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 50.5\""), 0u);
  for (const char* part :
       {"<title>A title</title>", "<style>\npath{fill:none}\n</style>",
        "<rect class=\"frame\" x=\"1\" y=\"2\" width=\"2\" height=\"2.5\"><title>a &lt;word&gt;"
        "</title></rect>",
        "d=\"M0 0H10\"", "d=\"M0 0L10 5\"", ">1 &amp; 2</text>", "text-anchor=\"end\"",
        "clip-path=\"url(#clip1)\""}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
  }
  EXPECT_EQ(page.find("nothing"), std::string::npos);
  EXPECT_EQ(count_of(page, "<g"), count_of(page, "</g>"));
}

TEST(StepLine, HoldsEachValueUntilTheNext) {
  StepLine line;
  EXPECT_EQ(StepLine{}.path_to(100), "");
  line.add(0, 100);
  line.add(50, 20);
  line.add(80, 60);
  EXPECT_EQ(line.path_to(100), "M0 10H5V2H8V6H10");
}

TEST(StepLine, GoesOnWhereNothingChanges) {
  StepLine line;
  for (Tenths x = 0; x < 10'000; x += 10) line.add(x, 40);
  EXPECT_EQ(line.path_to(10'000), "M0 4H1000");
}

TEST(StepLine, DrawsTheExtremesOfAColumn) {
  StepLine line;
  line.add(0, 100);
  for (int i = 0; i < 1000; ++i) line.add(100 + i % 4, 50 + i % 7);  // all in one column
  line.add(101, 0);
  line.add(102, 900);
  line.add(103, 200);
  EXPECT_EQ(line.path_to(300), "M0 10H10V0V90V20H30");
}

TEST(StepLine, ClosesAnArea) {
  StepLine line;
  line.add(10, 50);
  line.add(30, 20);
  EXPECT_EQ(line.area_to(60, 100), "M1 5H3V2H6V10H1Z");
}

TEST(Dots, DrawEachPixelOnce) {
  Dots dots;
  for (int i = 0; i < 100; ++i) dots.add(101 + i % 9, 55);
  dots.add(111, 55);
  EXPECT_EQ(dots.path(), "M10.5 5.5h0M11.5 5.5h0");
}

TEST(Bars, JoinWhatTouchesInOneColumn) {
  Bars bars;
  bars.add(100, 90, 100, 0);
  bars.add(102, 80, 90, 1);  // the same half pixel, and goes on
  bars.add(103, 20, 30, 2);  // far above
  bars.add(106, 10, 20, 3);  // the next half pixel
  ASSERT_EQ(bars.all().size(), 3u);
  EXPECT_EQ(bars.all()[0].top, 80);
  EXPECT_EQ(bars.all()[0].bottom, 100);
  EXPECT_EQ(bars.all()[0].first, 0u);
  EXPECT_EQ(bars.all()[0].last, 1u);
  EXPECT_EQ(bars.all()[1].first, 2u);
  EXPECT_EQ(bars.all()[2].x, 105);
}

TEST(Bars, AreNeverTooSmallToSee) {
  EXPECT_EQ(Bars::path({100, 50, 52, 0, 0}, 40), "M10 3.1V7.1");
  EXPECT_EQ(Bars::path({100, 50, 152, 0, 0}, 40), "M10 5V15.2");
}

}  // namespace
}  // namespace acksu::trace
