// gallery_browser_test.cpp -- the page of a run in a real browser, opened from the disk: counts, filters, sorting,
// keys, one photo. SKIPPED where there is no Chromium.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "browser.h"
#include "gallery_fixture.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

class GalleryBrowser : public GalleryFixture {
  protected:
    void SetUp() override {
        if (Browser::program().empty()) GTEST_SKIP() << "no Chromium (apt-get install chromium)";
    }

    // What is seen after `script`, which may use these.
    std::string after(const std::string& script, const std::string& address = "") {
        static const std::string tools = R"(
            const text = id => document.getElementById(id).textContent;
            const change = (id, value) => {
                document.getElementById(id).value = value;
                document.getElementById(id).dispatchEvent(new Event('input', { bubbles: true }));
            };
            const check = (selector) => { document.querySelector(selector).click(); };
            const key = name => (document.activeElement || document.body)
                .dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
            const paths = () => [...document.querySelectorAll('.card .path')].map(e => e.textContent);
        )";
        return browser_.result_of(folder_ / "index.html", tools + script, address);
    }

    Browser browser_;
};

TEST_F(GalleryBrowser, SaysWhatTheRunHasRead) {
    write_entries(50);
    EXPECT_EQ(after("return [text('summary'), text('count'), document.getElementById('notes').hidden]"),
              R"(["50 photos: 44 read, 4 empty, 2 failed; 80 digits","50 of 50",true])");
}

// One browser for all: it takes longer to start than all else.
TEST_F(GalleryBrowser, FiltersAndSorts) {
    write_entries(200);
    const Json seen = Json::parse(after(R"(
        const all = [];
        const see = (...what) => { all.push(what.flat()); };
        see(text('count'), paths());  // as the address says
        change('search', '19'); check('[value=all]'); see(text('count'), paths());
        change('search', ''); check('[value=failed]'); see(text('count'), paths().slice(0, 3));
        check('[value=sure]'); change('limit', '0.5'); see(text('count'));
        check('[value=empty]'); see(text('count'), location.hash);
        check('[value=all]'); check('#regex');
        change('search', '^1[89]$'); see(paths());
        change('search', '('); see(text('count'), document.getElementById('search').ariaInvalid);
        change('search', ''); change('limit', '0.9');
        change('sort', 'sure'); see(paths().slice(0, 2));
        change('sort', 'doubt'); see(paths().slice(0, 1));
        change('sort', 'most'); see(paths().slice(0, 2));
        change('sort', 'fewest'); see(paths().slice(0, 1));
        change('sort', 'run'); see(paths().slice(0, 2), location.hash);
        return all;)",
                                        "#search=77&show=doubtful&sort=path"));
    const auto names = [](std::initializer_list<int> numbers) {
        Json paths = Json::array();
        for (const int i : numbers) paths.push_back(entry_path(i));
        return paths;
    };
    const auto counted = [&](const std::string& count, std::initializer_list<int> numbers) {
        Json all = Json::array({count});
        for (const Json& path : names(numbers)) all.push_back(path);
        return all;
    };
    const std::vector<Json> want{
        counted("2 of 200", {77, 177}),
        counted("12 of 200", {19, 119, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199}),  // in name or digits
        counted("8 of 200", {5, 30, 55}),
        Json::array({"0 of 200"}),
        Json::array({"16 of 200", "#limit=0.5&amp;sort=path&amp;show=empty"}),
        names({18, 19}),
        Json::array({"not a regular expression", "true"}),
        names({199, 198}),
        names({5}),  // of those that failed nothing is known
        names({101, 102}),
        names({0}),
        Json::array({entry_path(0), entry_path(1), "#regex=1"}),
    };
    ASSERT_EQ(seen.size(), want.size()) << seen;
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(seen[i], want[i]) << i;
}

TEST_F(GalleryBrowser, NamesStayText) {
    const std::string nasty = "<img src=x onerror=document.title='hit'>.jpg";
    write_run({nasty, "<script>document.title='hit'</script>", "a\nb\xff.jpg"}, "complete");
    const Json seen = Json::parse(after(R"(
        check('.card');
        await until(() => document.querySelector('.crops li'));
        return [document.title, paths()[0].length, text('name').length, document.querySelectorAll('#photo img[src=x], .card script').length, paths()[2]])"),
                                  nullptr, false);
    const auto length = static_cast<int>(nasty.size());
    EXPECT_EQ(seen, Json::array({"Digits read", length, length, 0, "a\nb\uFFFD.jpg"}));
}

TEST_F(GalleryBrowser, ShowsOnePhotoWithItsDigits) {
    write_run({"a.jpg", "b.jpg"}, "complete");
    EXPECT_EQ(after(R"(
        key('ArrowRight');  // to the first card, then to the second
        key('ArrowRight');
        document.activeElement.click();
        await until(() => document.querySelector('.crops li'));
        const first = [text('name'), text('place'), document.querySelector('.crops li').textContent,
                       document.querySelectorAll('.photo rect').length, location.hash];
        key('ArrowLeft');
        await until(() => text('name') === 'a.jpg' && document.querySelector('.crops li'));
        first.push(text('name'));
        document.getElementById('close').click();
        await until(() => location.hash === '');
        return first.concat(document.activeElement.title, location.hash))"),
              R"(["b.jpg","2 of 2","7 99.8 %1 &lt; 1 %",1,"#photo=1.1","a.jpg","a.jpg",""])");
    EXPECT_EQ(after(R"(await until(() => document.querySelector('.crops li'));
                       const pictures = [...document.querySelectorAll('image')].map(i => i.getAttribute('href'));
                       const sizes = await Promise.all(pictures.map(file => new Promise(done => {
                           const i = new Image(); i.onload = () => done(i.width); i.onerror = () => done(0); i.src = file; })));
                       return [text('name'), sizes])",
                    "#photo=1.0"),
              R"(["a.jpg",[200,200,32]])");
}

TEST_F(GalleryBrowser, SaysWhatIsMissing) {
    write_run({"a.jpg"}, "interrupted");
    EXPECT_EQ(after("return text('notes')"), R"("The run was interrupted: what was finished is here.")");
    Gallery second({.folder = folder_, .part = 2, .parts = 3});
    second.begin();
    second.add(second.entry(0, "b.jpg", Failure{"x", "b.jpg: no picture"}));
    const std::string notes = after("return text('notes') + text('summary')");
    EXPECT_NE(notes.find("Part 2 of 3 was still being read"), std::string::npos) << notes;
    EXPECT_NE(notes.find("Of 3 parts 2 are not in this folder: 1, 3."), std::string::npos);
    EXPECT_NE(notes.find("1 photos: 0 read, 0 empty, 1 failed"), std::string::npos) << notes;
}

// What is in the document does not grow with the run; the last card is reached by a key.
TEST_F(GalleryBrowser, TenThousandPhotosOpenSoonAndScroll) {
    constexpr int kPhotos = 10'000;
    constexpr double kBusy = 5;  // the machine may have other work
    write_entries(kPhotos);
    EXPECT_EQ(after(R"(
        const start = document.querySelectorAll('.card').length;
        key('ArrowDown');
        key('End');
        await until(() => document.activeElement.title === 'photo 9999.jpg');
        const end = document.querySelectorAll('.card').length;
        return [text('count'), start > 5 && start < 100, end > 5 && end < 100, document.activeElement.title,
                document.activeElement.getBoundingClientRect().bottom <= innerHeight])"),
              R"(["10000 of 10000",true,true,"photo 9999.jpg",true])");
    const double ms = browser_.ms_to_open(folder_ / "index.html");
    std::printf("10,000 photos: the first are shown after %.0f ms\n", ms);
    EXPECT_LT(ms, 2000 * kBusy);
}

}  // namespace
}  // namespace chiffre
