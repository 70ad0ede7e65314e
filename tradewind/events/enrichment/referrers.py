"""Hosts that send shoppers, by class. Compiled by hand in November 2026 from the sites' own addresses.

A name matches the host and its subdomains, the longest wins. "google.*" matches google.com, google.de, google.co.uk and
www. before them, but no other subdomain: news.google.com is no search.
"""

from typing import Final, Literal

ReferrerClass = Literal["organic_search", "organic_social", "email"]

SEARCH: Final = (
    *("google.*", "bing.com", "duckduckgo.com", "ecosia.org", "qwant.com", "startpage.com", "search.brave.com"),
    *("search.yahoo.com", "search.yahoo.co.jp", "search.aol.com", "yandex.*", "ya.ru", "baidu.com", "sogou.com"),
    *("so.com", "search.naver.com", "search.daum.net", "seznam.cz", "search.seznam.cz", "coccoc.com", "ask.com"),
    *("swisscows.com", "mojeek.com", "kagi.com", "metager.de", "presearch.com", "search.lilo.org", "petalsearch.com"),
    *("suche.t-online.de", "suche.web.de", "suche.gmx.net", "search.rakuten.co.jp", "go.mail.ru", "nova.rambler.ru"),
    "com.google.android.googlequicksearchbox",
)
SOCIAL: Final = (
    *("facebook.com", "fb.com", "fb.me", "instagram.com", "threads.net", "threads.com", "twitter.com", "x.com", "t.co"),
    *(
        "linkedin.com",
        "lnkd.in",
        "pinterest.*",
        "pinterest.com",
        "pin.it",
        "tiktok.com",
        "snapchat.com",
        "reddit.com",
        "youtube.com",
    ),
    *("youtu.be", "tumblr.com", "whatsapp.com", "wa.me", "telegram.org", "telegram.me", "t.me", "discord.com"),
    *("bsky.app", "mastodon.social", "vk.com", "ok.ru", "weibo.com", "weibo.cn", "wechat.com", "weixin.qq.com"),
    *("xing.com", "quora.com", "medium.com", "line.me", "messenger.com", "twitch.tv", "flickr.com", "nextdoor.com"),
    *("com.facebook.katana", "com.instagram.android", "com.pinterest", "com.twitter.android", "com.linkedin.android"),
    *("com.reddit.frontpage", "com.zhiliaoapp.musically", "org.telegram.messenger", "com.slack"),
)
EMAIL: Final = (
    *("mail.google.com", "outlook.live.com", "outlook.office.com", "outlook.office365.com", "mail.yahoo.com"),
    *("mail.yahoo.co.jp", "mail.aol.com", "mail.proton.me", "mail.zoho.com", "mail.zoho.eu", "icloud.com"),
    *("navigator.gmx.net", "navigator.web.de", "deref-gmx.net", "deref-web.de", "mail.ru", "mail.yandex.*"),
    *("mail.qq.com", "mail.163.com", "mail.naver.com", "email.seznam.cz", "app.fastmail.com", "com.google.android.gm"),
    *("com.microsoft.office.outlook", "campaign-archive.com", "email.t-online.de"),
)
