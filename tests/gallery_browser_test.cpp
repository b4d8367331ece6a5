// gallery_browser_test.cpp -- the page of a run in a real browser, opened from the disk: counts, filters, sorting,
// keys, one photo. SKIPPED where there is no Chromium.
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
            const until = async test => { for (let i = 0; i < 200 && !test(); ++i) await pause(20); };
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

TEST_F(GalleryBrowser, FiltersAndSorts) {
    write_entries(200);
    EXPECT_EQ(
        after(R"(check('[value=failed]'); return [text('count'), ...paths()])"),
        R"(["8 of 200","photo 5.jpg","photo 30.jpg","photo 55.jpg","photo 80.jpg","photo 105.jpg","photo 130.jpg","photo 155.jpg","photo 180.jpg"])");
    EXPECT_EQ(
        after("change('search', '19'); return [text('count'), ...paths()]"),  // names and digits
        R"(["12 of 200","photo 19.jpg","photo 119.jpg","photo 190.jpg","photo 191.jpg","photo 192.jpg","photo 193.jpg","photo 194.jpg","photo 195.jpg","photo 196.jpg","photo 197.jpg","photo 198.jpg","photo 199.jpg"])");
    EXPECT_EQ(after("check('#regex'); change('search', '^1[89]$'); return paths()"),
              R"(["photo 18.jpg","photo 19.jpg"])");
    EXPECT_EQ(after("check('#regex'); change('search', '('); return [text('count'), "
                    "document.getElementById('search').ariaInvalid]"),
              R"(["not a regular expression","true"])");
    EXPECT_EQ(after("check('[value=sure]'); change('limit', '0.5'); return text('count')"), "0 of 200");
    EXPECT_EQ(after("change('sort', 'sure'); return paths().slice(0, 2)"), R"(["photo 199.jpg","photo 198.jpg"])");
    EXPECT_EQ(after("change('sort', 'doubt'); return paths().slice(0, 1)"),
              R"(["photo 5.jpg"])");  // failed: least sure
    EXPECT_EQ(after("change('sort', 'most'); return paths().slice(0, 2)"), R"(["photo 101.jpg","photo 102.jpg"])");
    EXPECT_EQ(after("return [text('count'), ...paths()]", "#search=77&show=doubtful&sort=path"),
              R"(["2 of 200","photo 77.jpg","photo 177.jpg"])");
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
    EXPECT_EQ(after("return text('notes')"), "The run was interrupted: what was finished is here.");
    Gallery second({.folder = folder_, .part = 2, .parts = 3});
    second.begin();
    second.add(second.entry(0, "b.jpg", Failure{"x", "b.jpg: no picture"}));
    const std::string notes = after("return text('notes') + text('summary')");
    EXPECT_NE(notes.find("Part 2 of 3 was still being read"), std::string::npos) << notes;
    EXPECT_NE(notes.find("Part 1 of 3 is not in this folder. Part 3 of 3 is not in this folder."), std::string::npos);
    EXPECT_NE(notes.find("1 photos: 0 read, 0 empty, 1 failed"), std::string::npos) << notes;
}

// What is in the document does not grow with the run; the last card is reached by a key.
TEST_F(GalleryBrowser, TenThousandPhotosOpenSoonAndScroll) {
    constexpr int kPhotos = 10'000;
    constexpr double kSoon_s = 20;  // on a busy machine, the browser's start and all; alone it takes about two
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
    EXPECT_LT(browser_.seconds(), kSoon_s);
}

}  // namespace
}  // namespace chiffre
